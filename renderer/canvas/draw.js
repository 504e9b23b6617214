/* Draws canvases with fabric, one after the other, in a world where only those of one design are drawn.

   `platen.draw(text, box, design, density)`: the canvas, a JSON text that is read as data, in its
   design's size, fitted into the box (CSS px), with `density` pixels for each. Tells what could not
   be shown. `platen.look(edges)`: what stands on the drawn canvas, in the form of look.js;
   `platen.texts()`: its texts, for tofu.js. `platen.forget()`: lets go of all that was drawn, and
   tells whether the world is as it was before.
   Each object carries `_place`, where it stands in the source: `objects[2].objects[0]`. */
globalThis.platen = (() => {
  'use strict';
  const BLANK = 'data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7';
  const OURS = ['canvas', 'group', 'parent'];
  const AT_MOST = 20, CHARACTERS = 3000, ODD = /[^\u0000-\u024f\u2000-\u206f]/gu;
  let canvas;

  const KEPT = ['__proto__', 'constructor', 'prototype'];
  const KEPT_SAID = 'it is a name that scripts keep for themselves';

  /* The objects that all canvases of a world share: fabric's and the language's, with what they hold. */
  const sharedObjects = () => {
    const found = new Set([fabric.cache]);
    const meet = (value) => {
      const walked = typeof value === 'function' ? Object.hasOwn(value, 'prototype')
        : typeof value === 'object' && value !== null && !(value instanceof EventTarget);
      if (!walked || found.has(value)) return;
      found.add(value);
      for (const one of Object.values(Object.getOwnPropertyDescriptors(value))) meet(one.value);
    };
    for (const one of [Object, Array, Function, String, Number, Map, Set, RegExp]) meet(one);
    for (const one of [fabric, fabric.util, fabric.filters]) Object.values(one).forEach(meet);
    found.delete(fabric.cache);  // it is emptied
    return [...found];
  };

  const stateOf = (one) => [
    Object.getPrototypeOf(one), ...one instanceof Map ? [...one].flat() : [],
    ...Reflect.ownKeys(one).flatMap((name) => {
      const { value, get, set } = Object.getOwnPropertyDescriptor(one, name);
      return [name, value, get, set];
    }),
  ];

  /* What a text is measured with. A font that is none would leave it as the text before did. */
  const measuring = (() => {
    const { getContext } = HTMLCanvasElement.prototype;
    let made;
    HTMLCanvasElement.prototype.getContext = function (...asked) {
      made = getContext.apply(this, asked);
      return made;
    };
    new fabric.FabricText('x');
    HTMLCanvasElement.prototype.getContext = getContext;
    return made;
  })();

  const emptied = () => {
    fabric.cache.clearFontCache();
    fabric.cache.boundsOfCurveCache = {};
    fabric.setFilterBackend(undefined);
    // The filters of two dimensions: the same picture with a graphics card and without.
    fabric.config.configure({ enableGLFiltering: false, devicePixelRatio: 1 });
    measuring.reset();
  };

  emptied();
  const before = sharedObjects().map((one) => [one, stateOf(one)]);

  const unspoiled = () => before.every(([one, state]) => {
    const now = stateOf(one);
    return now.length === state.length && now.every((value, at) => Object.is(value, state[at]));
  });

  const visit = (value, meet) => {
    if (value === null || typeof value !== 'object') return;
    if (!Array.isArray(value)) meet(value);
    for (const one of Object.values(value)) visit(one, meet);
  };

  /* Names by which data would reach what all canvases share; composition refuses them before. */
  const keptName = (data) => {
    let place;
    visit(data, (one) => {
      const name = KEPT.find((each) => Object.hasOwn(one, each));
      if (name && place === undefined) place = `${one._place ? `${one._place}.` : ''}${name}`;
    });
    return place;
  };

  /* A property called as a method is would stand in the method's place. */
  const cleaned = (data) => visit(data, (one) => {
    if (typeof one.type !== 'string' || !fabric.classRegistry.has(one.type)) return;
    const { prototype } = fabric.classRegistry.getClass(one.type);
    for (const name of Object.keys(one)) {
      let known;
      try { known = prototype[name]; } catch { /* an accessor of instances */ }
      if (typeof known === 'function' || OURS.includes(name)) delete one[name];
    }
  });

  const fontsOf = (data) => {
    const fonts = new Set();
    visit(data, (one) => {
      if (typeof one.fontFamily !== 'string') return;
      const family = /["',]/.test(one.fontFamily) ? one.fontFamily : JSON.stringify(one.fontFamily);
      const style = one.fontStyle || 'normal', weight = one.fontWeight || 'normal';
      fonts.add(`${style} ${weight} 16px ${family}`);
    });
    return fonts;
  };

  /* Texts are measured when they are made, so what a stylesheet names has to be there before. */
  const loadFonts = async (data) => {
    const loads = [...fontsOf(data)].map(async (font) => document.fonts.load(font).catch(() => 0));
    await Promise.all(loads);
    document.body.offsetHeight;  // who waits for fonts waits for a layout
    await document.fonts.ready;
  };

  const load = (url) => new Promise((done) => {
    const image = new Image();
    image.crossOrigin = 'anonymous';
    image.onload = () => done(image);
    image.onerror = () => done(null);
    image.src = url;
  });

  /* fabric leaves out an object whose picture does not come, and all that hangs on it. */
  const loadImages = async (data) => {
    const named = new Map(), kept = [], broken = [];
    visit(data, (one) => {
      for (const name of ['src', 'source']) {
        if (typeof one[name] !== 'string' || !one[name]) continue;
        // The page has no address from which it could take what is missing of this one.
        one[name] = one[name].replace(/^\s*\/\//, 'http://');
        if (!named.has(one[name])) named.set(one[name], []);
        named.get(one[name]).push([one, name]);
      }
    });
    await Promise.all([...named].map(async ([url, places]) => {
      const image = await load(url);
      if (image) { kept.push(image); return; }
      broken.push(url.slice(0, 200));
      for (const [one, name] of places) one[name] = BLANK;
    }));
    return { kept, broken };
  };

  const reasonOf = async (source) => {
    try {
      await fabric.classRegistry.getClass(source.type).fromObject(source);
    } catch (error) {
      return String(error && error.message || error).slice(0, 200);
    }
    return 'fabric does not take it';
  };

  /* The first of the objects that fabric left out in silence: where, and why. */
  const leftOut = async (sources, made) => {
    let next = 0;
    for (const source of sources) {
      const object = made[next];
      if (!object || object._place !== source._place) {
        return { place: source._place, reason: await reasonOf(source) };
      }
      next += 1;
      const clip = source.clipPath;
      if (clip && !object.clipPath) return { place: clip._place, reason: await reasonOf(clip) };
      if (Array.isArray(source.objects) && object.getObjects) {
        const within = await leftOut(source.objects, object.getObjects());
        if (within) return within;
      }
    }
    return null;
  };

  const leftOutBeside = async (data) => {
    for (const name of ['backgroundImage', 'overlayImage', 'clipPath']) {
      if (data[name] && !canvas[name]) return { place: name, reason: await reasonOf(data[name]) };
    }
    return null;
  };

  /* Which object it is that fabric cannot draw. */
  const undrawable = (error) => {
    const scratch = document.createElement('canvas').getContext('2d');
    for (const object of canvas.getObjects()) {
      try {
        object.render(scratch);
      } catch (own) {
        return { place: object._place, reason: String(own && own.message || own).slice(0, 200) };
      }
    }
    return { place: '', reason: String(error && error.message || error).slice(0, 200) };
  };

  const fit = (box, design) => {
    const zoom = Math.min(box[0] / design[0], box[1] / design[1]);
    const left = (box[0] - design[0] * zoom) / 2, top = (box[1] - design[1] * zoom) / 2;
    if (zoom !== 1 || left || top) canvas.setViewportTransform([zoom, 0, 0, zoom, left, top]);
  };

  const draw = async (text, box, design, density) => {
    const data = JSON.parse(text);
    const kept = keptName(data);
    if (kept) return { broken: [], failed: { place: kept, reason: KEPT_SAID }, empty: false };
    cleaned(data);
    addEventListener('beforeprint', redraw);
    await loadFonts(data);
    const { broken } = await loadImages(data);
    fabric.config.configure({ devicePixelRatio: density });
    canvas = new fabric.StaticCanvas('canvas', {
      width: box[0], height: box[1], renderOnAddRemove: false,
    });
    fit(box, design);
    await canvas.loadFromJSON(data);
    const failed = await leftOut(data.objects, canvas.getObjects()) || await leftOutBeside(data);
    if (failed) return { broken, failed, empty: false };
    try {
      canvas.renderAll();
    } catch (error) {
      return { broken, failed: undrawable(error), empty: false };
    }
    const empty = !data.objects.length && !data.background && !data.backgroundImage;
    return { broken, failed: null, empty };
  };

  /* A browser that prints takes what is drawn in this moment as it was drawn, not as pixels. */
  const redraw = () => {
    if (!canvas) return;
    canvas.getObjects().forEach((object) => {
      const shadows = shadowsOf(object);
      if (shadows.length) shadedByPixels(object, shadows);
      else uncached(object);
    });
    canvas.renderAll();
  };

  const pixelsOf = (objects) => objects.flatMap((one) => [
    ...one._cacheCanvas ? [one._cacheCanvas] : [],
    ...pixelsOf([...one.getObjects ? one.getObjects() : [], ...one.clipPath ? [one.clipPath] : []]),
  ]);

  const shrink = (element) => { element.width = element.height = 0; };

  const forget = () => {
    removeEventListener('beforeprint', redraw);
    // Pixels that are given back at once are none that the memory has to be searched for.
    if (canvas) [canvas.lowerCanvasEl, ...pixelsOf(canvas.getObjects())].forEach(shrink);
    canvas = null;
    emptied();
    return unspoiled();
  };

  const uncached = (object) => {
    object.objectCaching = false;
    if (object.getObjects) object.getObjects().forEach(uncached);
  };

  const shadowsOf = (object) => [
    ...object.shadow ? [object.shadow] : [],
    ...object.getObjects ? object.getObjects().flatMap(shadowsOf) : [],
  ];

  /* A page has no soft shadows: what casts one is drawn as a picture, which is then printed. */
  const shadedByPixels = (object, shadows) => {
    const scale = object.getObjectScaling(), zoom = canvas.viewportTransform[0];
    const density = canvas.getRetinaScaling();
    const most = Math.max(...shadows.map((one) => (
      2 * Math.abs(one.blur) + Math.max(Math.abs(one.offsetX), Math.abs(one.offsetY)))));
    const margin = most * Math.max(1, Math.abs(scale.x), Math.abs(scale.y)) * zoom + 2;
    const seen = fabric.util.makeBoundingBoxFromPoints(object.getCoords()
      .map((corner) => corner.transform(canvas.viewportTransform)));
    const left = Math.max(0, Math.floor(seen.left - margin));
    const top = Math.max(0, Math.floor(seen.top - margin));
    const width = Math.min(canvas.width, Math.ceil(seen.left + seen.width + margin)) - left;
    const height = Math.min(canvas.height, Math.ceil(seen.top + seen.height + margin)) - top;
    if (width < 1 || height < 1) return;
    const picture = document.createElement('canvas');
    picture.width = width * density;
    picture.height = height * density;
    const brush = picture.getContext('2d');
    brush.setTransform(density, 0, 0, density, -left * density, -top * density);
    brush.transform(...canvas.viewportTransform);
    const { globalCompositeOperation } = object;
    object.globalCompositeOperation = 'source-over';
    object.render(brush);
    object.render = (target) => {
      target.save();
      target.setTransform(density, 0, 0, density, 0, 0);
      target.globalCompositeOperation = globalCompositeOperation;
      target.drawImage(picture, left, top, width, height);
      target.restore();
    };
  };

  const shown = (objects) => objects.flatMap((object) => (
    object.visible === false || object.opacity === 0 ? []
      : object.getObjects ? shown(object.getObjects()) : [object]));

  const beyond = (box) => {
    const over = {
      left: -box.left, top: -box.top,
      right: box.left + box.width - canvas.width, bottom: box.top + box.height - canvas.height,
    };
    const [where, by] = Object.entries(over).sort((one, other) => other[1] - one[1])[0];
    const inside = box.left < canvas.width && box.top < canvas.height
      && box.left + box.width > 0 && box.top + box.height > 0;
    return { where, by: Math.round(by * 10) / 10, inside };
  };

  /* Where the letters of a text stand: without half of the room around its lines. */
  const boxOf = (text) => {
    const matrix = fabric.util.multiplyTransformMatrices(
      canvas.viewportTransform, text.calcTransformMatrix());
    const wide = Math.max(...text._textLines.map((_, line) => text.getLineWidth(line)), 0) / 2;
    const high = Math.max(0, text.height / 2 - text.fontSize / 4);
    const shift = /right|end/.test(text.textAlign) ? text.width / 2 - wide
      : /center/.test(text.textAlign) ? 0 : wide - text.width / 2;
    const corners = [[-wide, -high], [wide, -high], [wide, high], [-wide, high]].map(([x, y]) => (
      new fabric.Point(x + shift, y).transform(matrix)));
    return fabric.util.makeBoundingBoxFromPoints(corners);
  };

  const look = (edges) => {
    const found = { text: [], images: [], odd: '', contrast: [] };
    const odd = new Set();
    for (const object of shown(canvas ? canvas.getObjects() : [])) {
      if (object instanceof fabric.FabricText) {
        for (const one of object.text.match(ODD) || []) if (odd.size < CHARACTERS) odd.add(one);
        const { where, by, inside } = beyond(boxOf(object));
        if (edges && inside && by > 1 && /\S/.test(object.text) && found.text.length < AT_MOST) {
          found.text.push({
            kind: 'outside', selector: object._place, text: object.text.slice(0, 300), by, where,
          });
        }
      } else if (object instanceof fabric.FabricImage && found.images.length < AT_MOST) {
        const url = object.getSrc(), { x, y } = object.getTotalObjectScaling();
        const scale = Math.max(Math.abs(x), Math.abs(y));
        const { width, height } = object.getOriginalSize();
        if (scale > 1.3 && object.width > 16 / scale && width > 1
          && !/^data:image\/svg|\.svg([?#]|$)/i.test(url)) {
          found.images.push({
            selector: object._place, url: url.slice(0, 200), scale: Math.round(scale * 100) / 100,
            width, height,
          });
        }
      }
    }
    found.odd = [...odd].join('');
    return found;
  };

  const texts = () => shown(canvas.getObjects()).filter((one) => one instanceof fabric.FabricText)
    .map((one) => [one.text, {
      fontStyle: one.fontStyle, fontWeight: one.fontWeight,
      fontFamily: /["',]/.test(one.fontFamily) ? one.fontFamily : JSON.stringify(one.fontFamily),
    }]);

  return { draw, look, texts, forget };
})();

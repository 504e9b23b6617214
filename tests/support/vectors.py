"""Every way in which a document can ask for something, each with one target of its own.

`{t}` is the target's start, such as `http://127.0.0.1:8000/v/`; the vector's name follows it.
"""

_MARKUP = """
img              <img src="{u}">
picture          <picture><source srcset="{u}"><img></picture>
srcset           <img srcset="{u} 1x, {u}2x 2x">
lazy             <img loading=lazy src="{u}">
video            <video src="{u}" autoplay muted preload=auto></video>
poster           <video poster="{u}"></video>
audio            <audio src="{u}" autoplay preload=auto></audio>
source           <video preload=auto autoplay muted><source src="{u}" type="video/mp4"></video>
track            <video src="data:video/mp4;base64,AA=="><track default kind=captions src="{u}"></video>
embed            <embed src="{u}">
object           <object data="{u}"></object>
iframe           <iframe src="{u}"></iframe>
srcdoc           <iframe srcdoc="<img src='{u}'>"></iframe>
dataframe        <iframe src="data:text/html,<img src='{u}'>"></iframe>
stylesheet       <link rel=stylesheet href="{u}">
icon             <link rel=icon href="{u}">
preload          <link rel=preload as=image href="{u}">
preloadfont      <link rel=preload as=font crossorigin href="{u}">
prefetch         <link rel=prefetch href="{u}">
preconnect       <link rel=preconnect href="{u}">
dnsprefetch      <link rel=dns-prefetch href="{u}">
modulepreload    <link rel=modulepreload href="{u}">
manifest         <link rel=manifest href="{u}">
attachment       <link rel=attachment href="{u}"><a rel=attachment href="{u}">a</a>
alternate        <link rel="alternate stylesheet" title=x href="{u}">
imageinput       <input type=image src="{u}">
bodybackground   <table background="{u}"><tr><td background="{u}td">x</table>
script           <script src="{u}"></script>
module           <script type=module src="{u}"></script>
importmap        <script type=importmap>{{"imports": {{"x": "{u}"}}}}</script><script type=module>import "x"</script>
svgimage         <svg><image href="{u}" width=9 height=9 /></svg>
svgxlink         <svg><image xlink:href="{u}" width=9 height=9 /></svg>
svguse           <svg><use href="{u}#a" /></svg>
svgfeimage       <svg width=9 height=9><filter id=f><feImage href="{u}"/></filter><rect filter="url(#f)" width=9 height=9 /></svg>
svgforeign       <svg><foreignObject width=9 height=9><img src="{u}"></foreignObject></svg>
svgstyle         <svg><style>@import "{u}";</style></svg>
math             <math><mi href="{u}">x</mi></math>
cssbackground    <p style="background:url('{u}')">x</p>
cssimport        <style>@import url("{u}");</style>
csslayer         <style>@import "{u}" layer(x) supports(display:grid);</style>
cssfont          <style>@font-face {{ font-family: evil; src: url("{u}"); }}</style><p style="font-family: evil">x</p>
csscursor        <p style="cursor:url('{u}'), auto">x</p>
csslist          <ul style="list-style-image:url('{u}')"><li>x</ul>
csscontent       <style>.content::before {{ content: url("{u}"); }}</style><p class=content>x</p>
cssborder        <p style="border:1px solid; border-image:url('{u}') 1">x</p>
cssmask          <p style="mask:url('{u}')">x</p>
csswebkitmask    <p style="-webkit-mask-image:url('{u}')">x</p>
cssfilter        <p style="filter:url('{u}#f')">x</p>
cssshape         <p style="float:left;shape-outside:url('{u}')">x</p>
cssimageset      <p style="background:image-set('{u}' 1x)">x</p>
csspage          <style>@page {{ background: url("{u}"); }}</style>
cssnamespace     <style>@namespace x url("{u}");</style>
ping             <a id=ping href="#x" ping="{u}">x</a>
speculation      <script type=speculationrules>{{"prefetch": [{{"source": "list", "urls": ["{u}"]}}]}}</script>
form             <iframe name=form></iframe><form id=form target=form method=post action="{u}"></form>
frameset         <iframe srcdoc="<frameset><frame src='{u}'></frameset>"></iframe>
metarefresh      <iframe srcdoc="<meta http-equiv=refresh content='0; url={u}'>"></iframe>
base             <iframe srcdoc="<base href='{u}/'><img src=base>"></iframe>
csp              <iframe srcdoc="<meta http-equiv=Content-Security-Policy content='img-src none; report-uri {u}'><img src='x'>"></iframe>
"""

_SCRIPT = """
fetch            fetch("{u}", {{mode: "no-cors"}})
fetchcors        fetch("{u}")
xhr              const x = new XMLHttpRequest(); x.open("GET", "{u}"); x.send()
eventsource      new EventSource("{u}")
websocket        new WebSocket("{u}".replace("http", "ws"))
beacon           navigator.sendBeacon("{u}", "x")
keepalive        fetch("{u}", {{mode: "no-cors", keepalive: true, method: "POST", body: "x"}})
worker           new Worker(URL.createObjectURL(new Blob(['importScripts("{u}")'])))
workerfetch      new Worker(URL.createObjectURL(new Blob(['fetch("{u}", {{mode: "no-cors"}})'])))
sharedworker     new SharedWorker("data:text/javascript,fetch('{u}')")
dynamicimport    import("{u}")
image            new Image().src = "{u}"
newaudio         new Audio("{u}").play()
fontface         new FontFace("evil2", "url({u})").load()
paintworklet     CSS.paintWorklet && CSS.paintWorklet.addModule("{u}")
audioworklet     new OfflineAudioContext(1, 1, 8000).audioWorklet.addModule("{u}")
windowopen       open("{u}")
frame            const f = document.createElement("iframe"); f.src = "{u}"; document.body.append(f)
formsubmit       document.getElementById("form").submit()
click            document.getElementById("ping").click()
stun             const c = new RTCPeerConnection({{iceServers: [{{urls: "stun:{hostport}"}}, {{urls: "turn:{hostport}?transport=tcp", username: "u", credential: "c"}}]}}); c.createDataChannel("x"); c.createOffer().then((o) => c.setLocalDescription(o))
webtransport     new WebTransport("{u}".replace("http:", "https:"))
later            setTimeout(() => {{ new Image().src = "{u}" }}, 300)
unload           addEventListener("pagehide", () => navigator.sendBeacon("{u}", "x"))
"""


def _table(text: str) -> dict[str, str]:
    rows = (line.split(None, 1) for line in text.strip().splitlines())
    return dict(rows)


MARKUP = _table(_MARKUP)
SCRIPT = _table(_SCRIPT)

FIRING = {
    "img", "picture", "srcset", "video", "poster", "audio", "source", "embed", "object", "iframe",
    "srcdoc", "dataframe", "stylesheet", "preload", "preloadfont", "script", "module", "importmap",
    "modulepreload", "imageinput", "bodybackground", "svgimage", "svgxlink", "svgfeimage",
    "svgforeign", "svgstyle", "cssbackground", "cssimport", "csslayer", "cssfont", "csslist",
    "csscontent", "cssborder", "cssmask", "csswebkitmask", "cssshape", "cssimageset", "frameset",
    "metarefresh", "base", "fetch", "fetchcors", "xhr", "eventsource", "websocket", "beacon",
    "keepalive", "worker", "workerfetch", "dynamicimport", "image", "newaudio", "fontface",
    "windowopen", "frame", "form", "ping", "later", "unload",
}  # fmt: skip
"""What a browser is known to ask for: the positive control must see each of these."""


def document(target: str, *, scripts: bool = True) -> str:
    """A page with every vector; `target` is such as `http://127.0.0.1:8000/v/`."""
    hostport = target.split("/")[2]
    body = "\n".join(MARKUP[name].format(u=target + name) for name in MARKUP)
    lines = (
        f"try {{ {code.format(u=target + name, hostport=hostport)} }} catch (e) {{}}"
        for name, code in SCRIPT.items()
    )
    blocks = "".join(f"<script>{{ {line} }}</script>" for line in lines) if scripts else ""
    return f"<!doctype html><title>vectors</title><body>{body}{blocks}</body>"

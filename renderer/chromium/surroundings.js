(now) => {
  // The time that scripts are told stands still; timers and animation callbacks go on all the same.
  const native = Date;
  const told = new Proxy(native, {
    apply: () => new native(now).toString(),
    construct: (target, given, made) =>
      Reflect.construct(target, given.length ? given : [now], made === told ? target : made),
  });
  native.now = () => now;
  Object.defineProperty(native.prototype, 'constructor', {value: told, writable: true, configurable: true});
  Object.defineProperty(globalThis, 'Date', {value: told, writable: true, configurable: true});

  const dates = Intl.DateTimeFormat.prototype;
  const {get} = Object.getOwnPropertyDescriptor(dates, 'format');
  const parts = dates.formatToParts;
  Object.defineProperty(dates, 'format', {
    get() {
      const format = get.call(this);
      return (date) => format(date === undefined ? now : date);
    },
    configurable: true,
  });
  dates.formatToParts = function (date) { return parts.call(this, date === undefined ? now : date); };

  if (globalThis.Temporal) {
    const clock = Temporal.Now;
    clock.instant = () => Temporal.Instant.fromEpochMilliseconds(now);
    clock.zonedDateTimeISO = (zone = clock.timeZoneId()) => clock.instant().toZonedDateTimeISO(zone);
    clock.plainDateTimeISO = (zone) => clock.zonedDateTimeISO(zone).toPlainDateTime();
    clock.plainDateISO = (zone) => clock.zonedDateTimeISO(zone).toPlainDate();
    clock.plainTimeISO = (zone) => clock.zonedDateTimeISO(zone).toPlainTime();
  }
  Object.defineProperty(Performance.prototype, 'timeOrigin', {get: () => now, configurable: true});

  // Whatever window the page has: as far as it can tell, it fills it.
  for (const side of ['Width', 'Height']) {
    const {get: inner} = Object.getOwnPropertyDescriptor(globalThis, `inner${side}`);
    const size = {get: () => inner.call(globalThis), configurable: true, enumerable: true};
    Object.defineProperty(globalThis, `outer${side}`, size);
  }

  // There is no later page of this address that a worker could serve.
  if (globalThis.ServiceWorkerContainer) {
    ServiceWorkerContainer.prototype.register =
      () => Promise.reject(new DOMException('This page is shown once.', 'NotSupportedError'));
  }
}

/**
 * Preloaded by the host that takes the data folder over: `Date` is ahead by `UPGRADE_SHIFT` ms, so that the folder is always two
 * hours old, whenever it was made. Timers of the process run as usual.
 */
const shift = Number(process.env.UPGRADE_SHIFT);
const now = Date.now.bind(Date);

globalThis.Date = new Proxy(Date, {
  construct: (target, args, as) => Reflect.construct(target, args.length === 0 ? [now() + shift] : args, as),
  get: (target, key, receiver) => (key === 'now' ? () => now() + shift : Reflect.get(target, key, receiver)),
});

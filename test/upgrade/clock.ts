/**
 * Preloaded by the host that takes over the data folder: `Date` is ahead by `UPGRADE_SHIFT` ms, so the folder is always two
 * hours old. Timers of the process are unchanged.
 */
const shift = Number(process.env.UPGRADE_SHIFT);
const now = Date.now.bind(Date);

globalThis.Date = new Proxy(Date, {
  construct: (target, args, as) => Reflect.construct(target, args.length === 0 ? [now() + shift] : args, as),
  get: (target, key, receiver) => (key === 'now' ? () => now() + shift : Reflect.get(target, key, receiver)),
});

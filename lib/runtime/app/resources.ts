/** Live objects of this process, made by the factories of the app when a chunk first needs them. Never stored. */
import type { App } from './app.ts';

export interface Resources {
  /** Makes what is missing; a factory that throws is tried again at the next call. */
  ready(names: readonly string[]): Promise<Readonly<Record<string, unknown>>>;
}

export function createResources(app: App): Resources {
  const made = new Map<string, Promise<unknown>>();
  const make = (name: string): Promise<unknown> => {
    const known = made.get(name);
    if (known) return known;
    const object = Promise.resolve(app.resources[name]?.());
    made.set(name, object);
    object.catch(() => made.delete(name));
    return object;
  };
  return {
    async ready(names) {
      const known = names.filter((name) => Object.hasOwn(app.resources, name));
      const objects = await Promise.all(known.map(async (name) => [name, await make(name)] as const));
      return Object.fromEntries(objects);
    },
  };
}

/** Objects of this process that stand before those of the app, as they are when they are asked for. */
export function shadow(resources: Resources, liveNow: () => Readonly<Record<string, unknown>>): Resources {
  return {
    async ready(names) {
      const live = liveNow();
      const own = (name: string) => Object.hasOwn(live, name);
      const others = await resources.ready(names.filter((name) => !own(name)));
      return { ...others, ...Object.fromEntries(names.filter(own).map((name) => [name, live[name]])) };
    },
  };
}

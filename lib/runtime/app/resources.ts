/** Resources: live objects of this process, made by the app's factories when a chunk first needs them. Never stored. */
import type { App } from './app.ts';

export interface Resources {
  /** Returns the named resources and makes the missing ones. A factory that threw is called again by the next call. */
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

/** Adds a host's own objects, which override resources of the app with the same name. They are read at each call. */
export function withOwnResources(resources: Resources, liveNow: () => Readonly<Record<string, unknown>>): Resources {
  return {
    async ready(names) {
      const live = liveNow();
      const own = (name: string) => Object.hasOwn(live, name);
      const others = await resources.ready(names.filter((name) => !own(name)));
      return { ...others, ...Object.fromEntries(names.filter(own).map((name) => [name, live[name]])) };
    },
  };
}

/**
 * Loads something once for many callers. A caller never gets a load that began before its call, so it sees every write that
 * had ended by then. Those who call in the same turn, or while a load runs, share the load that begins next.
 */
export function shareLoads<Loaded>(load: () => Promise<Loaded>): () => Promise<Loaded> {
  let running: Promise<unknown> = Promise.resolve();
  let next: Promise<Loaded> | undefined;
  const begin = (): Promise<Loaded> => {
    next = undefined;
    const loading = load();
    running = loading.then(
      () => undefined,
      () => undefined,
    );
    return loading;
  };
  return () => {
    next ??= running.then(begin);
    return next;
  };
}

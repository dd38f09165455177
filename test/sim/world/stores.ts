/** The stores of a simulated deployment: the memory adapters. Heads have their own, so a head row can be deleted. */
import { createMemoryExecutions } from '../../../lib/adapters/memory/executions.ts';
import { createMemoryStores, type MemoryStores } from '../../../lib/adapters/memory/stores.ts';
import type { ExecutionStore, Position } from '../../../lib/ports/execution-store.ts';
import type { Clock } from '../../../lib/ports/system.ts';

export interface SimStores extends MemoryStores {
  /** The retention: the row of a head is deleted; rows beside it stay for a while. */
  forget(id: string): void;
}

export function createSimStores(clock: Pick<Clock, 'now'>): SimStores {
  const rows = new Map<string, ExecutionStore>();
  const of = (id: string): ExecutionStore => {
    const store = rows.get(id) ?? createMemoryExecutions();
    rows.set(id, store);
    return store;
  };
  const gather = async <T>(ask: (store: ExecutionStore) => Promise<readonly T[]>): Promise<readonly T[]> => {
    const found: T[] = [];
    for (const store of rows.values()) found.push(...(await ask(store)));
    return found;
  };
  const newest = (a: Position, b: Position): number => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1);
  return {
    ...createMemoryStores({ clock }),
    executions: {
      create: (request) => of(request.head.id).create(request),
      load: (id, posts) => of(id).load(id, posts),
      commit: (request) => of(request.head.id).commit(request),
      append: (id, inc, event, wakeAt) => of(id).append(id, inc, event, wakeAt),
      post: (owner, key, event, wakeAt) => of(owner.executionId).post(owner, key, event, wakeAt),
      loadOldestPost: (owner) => of(owner.executionId).loadOldestPost(owner),
      removePosts: (owner, keys) => of(owner.executionId).removePosts(owner, keys),
      listDue: (shard, until, limit, after) => gather((store) => store.listDue(shard, until, limit, after)),
      list: async (query) => (await gather((store) => store.list(query))).toSorted(newest).slice(0, query.limit),
      listWaiting: async (query) =>
        (await gather((store) => store.listWaiting(query))).toSorted(newest).slice(0, query.limit),
    },
    forget: (id) => void rows.delete(id),
  };
}

/** Ports that change what a load of an execution returns. */
import type { ExecutionRecord, ExecutionStore } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';

type Told = (record: ExecutionRecord) => ExecutionRecord | undefined | Promise<ExecutionRecord | undefined>;

/** Written out, because a store may be of a class with private members. */
export function withLoad(ports: Ports, told: Told): Ports {
  const { executions: store } = ports;
  const executions: ExecutionStore = {
    create: (request) => store.create(request),
    async load(id, posts) {
      const record = await store.load(id, posts);
      return record && told(record);
    },
    commit: (request) => store.commit(request),
    append: (id, inc, event, wakeAt) => store.append(id, inc, event, wakeAt),
    post: (owner, key, event, wakeAt) => store.post(owner, key, event, wakeAt),
    loadOldestPost: (owner) => store.loadOldestPost(owner),
    removePosts: (owner, keys) => store.removePosts(owner, keys),
    listDue: (shard, until, limit, after) => store.listDue(shard, until, limit, after),
    list: (query) => store.list(query),
    listWaiting: (query) => store.listWaiting(query),
  };
  return { ...ports, executions };
}

/** What callers are told about an execution that was erased, or whose retention has ended. */
import type { Head } from '../../engine/head.ts';
import { FlowError } from '../../errors/errors.ts';
import type { ExecutionRecord, ExecutionStore } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import { iso } from '../app/checks/times.ts';

/** The error for an execution that was deleted. */
export function goneError({ id, gone }: Head): FlowError {
  const at = iso(gone?.at ?? 0);
  if (gone?.how === 'expired') {
    return new FlowError(
      'retention_over',
      `Execution ${id} was deleted at ${at}: its flow keeps closed executions no longer. Set "retention" of the flow to keep them longer.`,
      { details: { at } },
    );
  }
  return new FlowError('erased', `Execution ${id} was erased at ${at}. Its id stays taken; use another one.`, {
    details: { at },
  });
}

type Told = (record: ExecutionRecord) => ExecutionRecord | undefined;

/** Ports for callers: each load of a deleted execution throws `erased` or `retention_over`. */
export function refusingGone(ports: Ports): Ports {
  return withLoad(ports, (record) => {
    if (record.head.gone) throw goneError(record.head);
    return record;
  });
}

/** Ports for lists: deleted executions are not there. */
export function withoutGone(ports: Ports): Ports {
  return withLoad(ports, (record) => (record.head.gone ? undefined : record));
}

/** Written out, because a store may be of a class with private members. */
function withLoad(ports: Ports, told: Told): Ports {
  const { executions: store } = ports;
  const executions: ExecutionStore = {
    create: (request) => store.create(request),
    async load(id) {
      const record = await store.load(id);
      return record && told(record);
    },
    commit: (request) => store.commit(request),
    append: (id, inc, event, wakeAt) => store.append(id, inc, event, wakeAt),
    listDue: (shard, until, limit, after) => store.listDue(shard, until, limit, after),
    list: (query) => store.list(query),
    listWaiting: (query) => store.listWaiting(query),
  };
  return { ...ports, executions };
}

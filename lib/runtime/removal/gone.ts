/** What callers are told about an execution that was erased, or whose retention has ended. */
import type { Head } from '../../engine/head.ts';
import { FlowError } from '../../errors/errors.ts';
import type { Ports } from '../../ports/ports.ts';
import { iso } from '../app/checks/times.ts';
import { withLoad } from '../app/with-load.ts';

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

/** Which steps of an execution with durability `exit` need not be stored before the next one runs. */
import type { Head } from './head.ts';

/**
 * A plain step of a chain: the one chunk that ran has ended, its session runs the one that follows, and there is nothing
 * that anybody else has to hear of. With every wait, signal, retry, fan-out and end this is over.
 */
export function isPlainStep(before: Head, after: Head, session: string): boolean {
  const [was, ...wasBeside] = before.activations;
  const [next, ...beside] = after.activations;
  if (after.options.durability !== 'exit' || !was || !next || wasBeside.length + beside.length > 0) return false;
  const lease = after.leases.find((each) => each.session === session);
  const runs = next.fence === lease?.fence && next.attempt === 1 && next.id !== was.id;
  const quiet = after.lifecycle === 'open' && !after.closing && !after.failure;
  const nothingToDo = after.signals.length + after.outbox.length === 0;
  return runs && quiet && nothingToDo && waits(before) === waits(after);
}

/** The waits there are, and how many have ended. */
function waits({ interrupts, ledger }: Head): string {
  return JSON.stringify([interrupts.map(({ id, activation }) => [id, activation]), ledger.length]);
}

/** Withdraws single waits: by the host, or with the effects of a chunk. An answer that was accepted before wins. */
import type { Answer, Withdrawal, WithdrawEvent } from '../events.ts';
import { framesAround } from '../frames/bodies.ts';
import { areNested } from '../frames/scopes.ts';
import type { Activation, Interrupt } from '../head.ts';
import { endPages } from '../moves.ts';
import type { Transition } from '../transition.ts';
import { type Attribution, attributionOf } from './attribution.ts';
import { entryOf, pendingWait, withdrawWaits } from './interrupts.ts';
import { entriesOf } from './ledger.ts';
import { pendingWaits } from './waits.ts';

/** Withdraws a wait for the host. */
export function withdraw(transition: Transition, event: WithdrawEvent): Answer {
  const entries = entriesOf(transition, 'resume', event.interrupt);
  if (!entries) return { kind: 'unknown' };
  const pending = pendingWait(transition.head, event.interrupt, event.generation);
  if (pending) {
    endWithout(transition, [pending], attributionOf(event));
    return { kind: 'applied' };
  }
  const last = entryOf(entries, event.generation);
  if (!last) return { kind: 'unknown' };
  return last.outcome === 'withdrawn' ? { kind: 'already' } : { kind: 'gone', entry: last };
}

/** Withdraws what a chunk names: the id as `pauseFor` would name it there, else literally; a type by scope, as an emit. */
export function withdrawFrom(transition: Transition, at: Activation, named: Withdrawal): void {
  endWithout(transition, 'id' in named ? byId(transition, at, named.id) : byType(transition, at, named.type));
}

function byId({ head }: Transition, { items }: Activation, id: string): readonly Interrupt[] {
  const own = items === undefined ? undefined : pendingWait(head, `${id}-${items}`);
  const wait = own ?? pendingWait(head, id);
  return wait ? [wait] : [];
}

function byType({ head }: Transition, at: Activation, type: string): readonly Interrupt[] {
  return pendingWaits(head).filter(
    (wait) => wait.type === type && wait.home === at.home && areNested(head, wait.scope, at.scope),
  );
}

/** The results of the items and branches around such a wait say that it was withdrawn. */
function endWithout(transition: Transition, waits: readonly Interrupt[], by: Attribution = {}): void {
  for (const { scope, node, instead } of waits) {
    for (const { frame, branch } of framesAround(transition, scope, instead ?? node)) {
      if (branch === undefined) continue;
      if (frame.kind === 'item') frame.withdrawn = true;
      if (frame.kind === 'branches' && frame.failed)
        frame.withdrawn = [...new Set([...(frame.withdrawn ?? []), branch])];
    }
  }
  withdrawWaits(transition, waits, by);
  for (const { page } of waits) if (page) endPages(transition, page.list);
}

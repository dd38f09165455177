/** Drops the rows of operator bodies. Work that accepted signals started outside a body continues without being awaited. */
import { framesAround } from '../frames/bodies.ts';
import { forgetBusy } from '../frames/busy.ts';
import { dropFrame } from '../frames/scopes.ts';
import type { Activation, BranchFrame, Interrupt, Origin, ScopeId } from '../head.ts';
import { noteAborted } from '../history/attempts.ts';
import { endCascadesOf } from '../moves.ts';
import { cancelWaits, withdrawWaits } from '../outside/interrupts.ts';
import type { Transition } from '../transition.ts';

type Place = Pick<Origin, 'scope'> & Partial<Origin & Pick<Activation, 'node' | 'instead'>>;
type EndWaits = (transition: Transition, waits: readonly Interrupt[]) => void;

/** Drops the work in an operator's body, or in one branch of it, and cancels its waits. */
export function dropBody(transition: Transition, dropped: ScopeId, only?: string): void {
  const goes = ({ scope, node, instead }: Place): boolean => {
    for (const { at, branch } of framesAround(transition, scope, instead ?? node))
      if (at === dropped) return branch !== undefined && (only === undefined || branch === only);
    return false;
  };
  drop(transition, goes, { joinsIn: dropped, items: [], endWaits: cancelWaits });
}

/**
 * Ends the parts of an operator that are not done: their rows go, and their waits end as withdrawn. Settles of their
 * running attempts find no row. The forks and side branches of done parts continue.
 * @param goesOn true: the unfinished parts run on, and only failures kept for a redrive are dropped
 */
export function withdrawRest(transition: Transition, operator: ScopeId, goesOn: boolean): void {
  const { frames } = transition.head;
  const goes = ({ scope, node, instead }: Place): boolean => {
    for (const { at, frame, branch } of framesAround(transition, scope, instead ?? node)) {
      if (frame.kind === 'item' && frame.parent.scope === operator)
        return branch !== undefined && frame.over !== 'done';
      if (at === operator && frame.kind === 'branches') return branch !== undefined && !isDone(frame, branch);
    }
    return false;
  };
  const { head } = transition;
  // A page is no part of the list: its chunk runs before it.
  const isOwn = ({ asks, page }: Pick<Activation, 'asks' | 'page'>) => asks === operator || page?.list === operator;
  for (const { id, awaiting } of head.activations.filter(isOwn)) endCascadesOf(transition, id, awaiting);
  noteAborted(transition, head.activations.filter(isOwn), 'withdrawn');
  head.activations = head.activations.filter((row) => !isOwn(row));
  withdrawWaits(
    transition,
    head.interrupts.filter(({ page }) => page?.list === operator),
  );
  const list = frames[operator];
  if (list?.kind === 'list') delete list.source;
  if (goesOn) return dropTolerated(transition, goes);
  const items = Object.entries(frames).flatMap(([scope, frame]) =>
    frame.kind === 'item' && frame.parent.scope === operator && frame.over !== 'done' ? [scope] : [],
  );
  drop(transition, goes, { joinsIn: operator, items, endWaits: withdrawWaits });
}

function dropTolerated({ head }: Transition, goes: (row: Place) => boolean): void {
  head.activations = head.activations.filter((row) => !row.tolerated || !goes(row));
}

function isDone({ slots, failed }: BranchFrame, branch: string): boolean {
  return Object.hasOwn(slots, branch) && !failed?.includes(branch);
}

interface Drop {
  /** The scope whose joins go with its work. */
  readonly joinsIn: ScopeId;
  /** Frames of items that go as well. */
  readonly items: readonly ScopeId[];
  readonly endWaits: EndWaits;
}

function drop(transition: Transition, goes: (row: Place) => boolean, { joinsIn, items, endWaits }: Drop): void {
  const { head } = transition;
  const scopes = Object.entries(head.frames).flatMap(([scope, { node, parent }]) =>
    goes({ scope: parent.scope, node }) ? [scope] : [],
  );
  const over = head.activations.filter(goes);
  const ids = new Set(over.map(({ id }) => id));
  forgetBusy(transition);
  const waits = head.interrupts.filter(goes);
  head.activations = head.activations.filter(({ id }) => !ids.has(id));
  noteAborted(transition, over, 'withdrawn');
  head.signals = head.signals.filter((each) => !goes(each));
  endWaits(transition, waits);
  for (const scope of [...scopes, ...items]) dropFrame(head, scope);
  const gone = new Set([...scopes, ...items, joinsIn]);
  const parents = Object.values(head.frames).map(({ parent }) => parent);
  for (const { scope } of [...head.activations, ...head.signals, ...head.interrupts, ...parents]) gone.delete(scope);
  head.joins = head.joins.filter(({ scope, home = '' }) => !gone.has(scope) && !gone.has(home));
  for (const { id, awaiting } of over) endCascadesOf(transition, id, awaiting);
}

/**
 * Functions that call one another in circles: a failure ends waits, an ended wait sends values on, and the work these
 * start may fail. Other files call them and the operators through this file, so that imports make no circle;
 * `wiring.ts` binds them.
 */
import { FlowError } from '../errors/errors.ts';
import type { GraphNode } from '../flow/graph/graph.ts';
import type { Frame } from './head.ts';
import type { FrameOperator, FrameOperators, Operator, Operators } from './operators/operator.ts';
import { graphAt, type Reading, type Transition } from './transition.ts';

export interface Moves {
  readonly dispatch: typeof import('./running/dispatch.ts').dispatch;
  readonly completeChunk: typeof import('./operators/chunk.ts').completeChunk;
  readonly fail: typeof import('./work/failures.ts').fail;
  readonly withdrawRest: typeof import('./work/drops.ts').withdrawRest;
  readonly endCascadesOf: typeof import('./work/cascades.ts').endCascadesOf;
  readonly failIfMissed: typeof import('./work/places.ts').failIfMissed;
  readonly takePage: typeof import('./operators/pages.ts').takePage;
  readonly endPages: typeof import('./operators/pages.ts').endPages;
  readonly askAgain: typeof import('./operators/pages.ts').askAgain;
  readonly cancel: typeof import('./time/lifecycle.ts').cancel;
  readonly settleQuestion: typeof import('./running/until.ts').settleQuestion;
  readonly advance: typeof import('./running/advance.ts').advance;
  /** See `operators/table.ts`. */
  readonly operators: Operators;
  readonly frames: FrameOperators;
}

export const dispatch: Moves['dispatch'] = (transition, targets, value, origin, cause, answer) =>
  transition.moves.dispatch(transition, targets, value, origin, cause, answer);

export const completeChunk: Moves['completeChunk'] = (transition, row, output, cause, answer) =>
  transition.moves.completeChunk(transition, row, output, cause, answer);

export const fail: Moves['fail'] = (transition, activation, error) =>
  transition.moves.fail(transition, activation, error);

export const endCascadesOf: Moves['endCascadesOf'] = (transition, owner, awaiting) =>
  transition.moves.endCascadesOf(transition, owner, awaiting);

export const withdrawRest: Moves['withdrawRest'] = (transition, operator, goesOn) =>
  transition.moves.withdrawRest(transition, operator, goesOn);

export const failIfMissed: Moves['failIfMissed'] = (transition, scope) =>
  transition.moves.failIfMissed(transition, scope);

export const takePage: Moves['takePage'] = (transition, row, items, next) =>
  transition.moves.takePage(transition, row, items, next);

export const endPages: Moves['endPages'] = (transition, list) => transition.moves.endPages(transition, list);

export const askAgain: Moves['askAgain'] = (transition, row) => transition.moves.askAgain(transition, row);

export const cancel: Moves['cancel'] = (transition, event) => transition.moves.cancel(transition, event);

export const settleQuestion: Moves['settleQuestion'] = (transition, row) =>
  transition.moves.settleQuestion(transition, row);

export const advance: Moves['advance'] = (transition, scope, most) => transition.moves.advance(transition, scope, most);

/**
 * The engine's row for this kind of node.
 * @throws FlowError `definition_invalid` when this version does not know the kind
 */
export function operatorOf({ moves }: Pick<Transition, 'moves'>, { kind }: GraphNode): Operator {
  if (Object.hasOwn(moves.operators, kind)) return moves.operators[kind];
  throw new FlowError(
    'definition_invalid',
    `The flow has a node of kind "${kind}", which this version does not know. Update the package.`,
  );
}

/** The engine's row for this kind of frame. */
export function frameOperatorOf({ moves }: Pick<Transition, 'moves'>, { kind }: Frame): FrameOperator {
  return moves.frames[kind];
}

/** The node that opened the frame, and its operator. */
export function operatorAt(
  transition: Reading,
  { node: id, parent }: Frame,
): { readonly node: GraphNode; readonly operator: Operator } | undefined {
  const node = graphAt(transition, parent.home).nodes[id];
  return node && { node, operator: operatorOf(transition, node) };
}

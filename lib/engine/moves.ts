/**
 * Functions that call one another in circles: a failure ends waits, an ended wait sends values on, and the work these
 * start may fail. Other files call them and the operators through this file, so that imports make no circle;
 * `wiring.ts` binds them.
 */
import { FlowError } from '../errors/errors.ts';
import type { GraphNode, Target } from '../flow/graph/graph.ts';
import type { ErrorInfo } from './events.ts';
import type { Activation, Frame, Origin, ScopeId, Value } from './head.ts';
import type { FrameOperator, FrameOperators, Operator, Operators } from './operators/operator.ts';
import type { Answered } from './outside/attribution.ts';
import { graphAt, type Transition } from './transition.ts';

export interface Moves {
  /** See `running/dispatch.ts`. */
  dispatch(
    transition: Transition,
    targets: readonly Target[],
    value: Value,
    origin: Origin,
    cause: string,
    answer?: Answered,
  ): void;
  /** See `operators/chunk.ts`. */
  completeChunk(
    transition: Transition,
    row: Origin & Pick<Activation, 'node' | 'instead'>,
    output: Value,
    cause: string,
    answer?: Answered,
  ): void;
  /** See `work/failures.ts`. */
  fail(transition: Transition, activation: Activation, error: ErrorInfo): void;
  /** See `work/cascades.ts`. */
  endCascadesOf(transition: Transition, owner: string, awaiting?: readonly string[]): void;
  /** See `running/advance.ts`. */
  advance(transition: Transition, scope: ScopeId): boolean;
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

export const advance: Moves['advance'] = (transition, scope) => transition.moves.advance(transition, scope);

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
  transition: Transition,
  { node: id, parent }: Frame,
): { readonly node: GraphNode; readonly operator: Operator } | undefined {
  const node = graphAt(transition, parent.home).nodes[id];
  return node && { node, operator: operatorOf(transition, node) };
}

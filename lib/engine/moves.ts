/**
 * The moves that lead to one another in circles: a failure ends waits, their end sends values on, what those start may fail.
 * Files that import each other one way only ask for a move here; `wiring.ts` says which function makes it.
 */
import type { GraphNode, NodeId, SubFlowNode, Target } from '../flow/graph/graph.ts';
import type { ErrorInfo } from './events.ts';
import type { Activation, Origin, ScopeId, Value } from './head.ts';
import type { Answered } from './outside/attribution.ts';
import type { Transition } from './transition.ts';

export interface Moves {
  /** See `operators/dispatch.ts`. */
  dispatch(
    transition: Transition,
    targets: readonly Target[],
    value: Value,
    origin: Origin,
    cause: string,
    answer?: Answered,
  ): void;
  /** See `operators/dispatch.ts`. */
  goOn(
    transition: Transition,
    id: NodeId,
    node: GraphNode,
    decision: readonly number[],
    value: Value,
    origin: Origin,
    cause: string,
    answer?: Answered,
  ): void;
  /** See `operators/sub-flows.ts`. */
  openChild(
    transition: Transition,
    id: NodeId,
    node: SubFlowNode,
    value: Value,
    origin: Origin,
    instance: ScopeId,
  ): void;
  /** See `work/settle.ts`. */
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
}

export const dispatch: Moves['dispatch'] = (transition, targets, value, origin, cause, answer) =>
  transition.moves.dispatch(transition, targets, value, origin, cause, answer);

export const completeChunk: Moves['completeChunk'] = (transition, row, output, cause, answer) =>
  transition.moves.completeChunk(transition, row, output, cause, answer);

export const fail: Moves['fail'] = (transition, activation, error) =>
  transition.moves.fail(transition, activation, error);

export const endCascadesOf: Moves['endCascadesOf'] = (transition, owner, awaiting) =>
  transition.moves.endCascadesOf(transition, owner, awaiting);

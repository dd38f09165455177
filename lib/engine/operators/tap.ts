/** `tap`: runs user code for a side effect. The value passes through. */
import type { TapNode } from '../../flow/graph/graph.ts';
import { dispatch } from '../moves.ts';
import { decide } from './activations.ts';
import type { Operator } from './operator.ts';

export const tap: Operator<TapNode> = {
  isDecided: true,
  enter: (transition, arrival) =>
    decide(transition, arrival, (_, { node, value, origin, id, answer }) =>
      dispatch(transition, node.out, value, origin, id, answer),
    ),
  done: (transition, node, row) => dispatch(transition, node.out, row.input, row, row.id, row.answer),
};

/** `repeat`: sends the value on a number of times, each time with a cause of its own. */
import type { RepeatNode } from '../../flow/operators/repeat.ts';
import { dispatch } from '../moves.ts';
import type { Operator } from './operator.ts';

export const repeat: Operator<RepeatNode> = {
  enter(transition, { node, value, origin, id }) {
    for (let i = 0; i < node.times; i += 1) dispatch(transition, node.out, value, origin, `${id}/${i}`);
  },
};

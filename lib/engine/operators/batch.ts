/** `batch`: every branch gets the same input. Its output is `{ [branch]: output }`, once every branch has delivered. */
import type { BatchNode } from '../../flow/graph/graph.ts';
import { dispatch } from '../moves.ts';
import { openBranches } from './branches.ts';
import type { Operator } from './operator.ts';

export const batch: Operator<BatchNode> = {
  enter(transition, arrival) {
    const names = arrival.node.branches.map(({ name }) => name);
    openBranches(transition, names, arrival);
  },
  branches: (node) => node.branches.map(({ name, to }) => [name, [to]] as const),
  startBranch(transition, node, scope, frame, name) {
    const branch = node.branches.find((each) => each.name === name);
    if (branch) dispatch(transition, [branch.to], frame.input, { ...frame.parent, scope }, scope, frame.answer);
  },
};

/**
 * `match`: user code decides which cases match. A single case runs in the same scope; in `all` mode the cases run in a
 * frame of branches.
 */
import type { MatchNode } from '../../flow/graph/graph.ts';
import { dispatch } from '../moves.ts';
import type { Transition } from '../transition.ts';
import { decide } from './activations.ts';
import { openBranches } from './branches.ts';
import type { Arrival, Operator } from './operator.ts';

const ELSE = 'else';

export const match: Operator<MatchNode> = {
  isDecided: true,
  enter: (transition, arrival) => decide(transition, arrival, goOn),
  done(transition, node, row) {
    const { id, node: at, input: value, answer } = row;
    goOn(transition, { node, at, value, origin: row, id, answer }, transition.lookups.decisions.get(id) ?? []);
  },
  branches: (node) => [...node.cases.map(({ to }, i) => [`${i}`, to] as const), [ELSE, node.otherwise ?? []] as const],
  exit: (node, branch) => (node.mode !== 'all' || branch === ELSE ? node.out : undefined),
  startBranch(transition, node, scope, frame, name) {
    const targets = node.cases[Number(name)]?.to ?? [];
    dispatch(transition, targets, frame.input, { ...frame.parent, scope }, `${scope}/${name}`, frame.answer);
  },
  isList: true,
};

/** @param decision indexes of the matching cases */
function goOn(transition: Transition, arrival: Arrival<MatchNode>, decision: readonly number[]): void {
  const { node, value, origin, id, answer } = arrival;
  const [first] = decision;
  if (first !== undefined && node.mode === 'all') return openBranches(transition, decision.map(String), arrival);
  const hit = first === undefined ? (node.otherwise ?? node.out) : (node.cases[first]?.to ?? []);
  dispatch(transition, hit, value, origin, id, answer);
}

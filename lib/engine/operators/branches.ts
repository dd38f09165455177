/** Frames of `batch`, and of `match` in `all` mode. All branches get the same input. */
import { endIfReached } from '../frames/ends.ts';
import type { BranchFrame } from '../head.ts';
import { note, placeOf } from '../history/records.ts';
import { advance, operatorAt } from '../moves.ts';
import { originOf } from '../origin.ts';
import type { Transition } from '../transition.ts';
import { literal } from '../values/value-refs.ts';
import type { Arrival, FrameOperator } from './operator.ts';

/** Opens a frame for these branches and starts as many as the operator's `concurrency` allows. */
export function openBranches(transition: Transition, names: string[], arrival: Arrival): void {
  const { node, at, value, origin, id, answer } = arrival;
  const given = answer ? { input: value, answer } : { input: value };
  const counted = 'completion' in node && node.completion ? { failed: [] } : {};
  transition.head.frames[id] = {
    kind: 'branches',
    node: at,
    parent: originOf(origin),
    names,
    next: 0,
    ...given,
    slots: {},
    ...counted,
  };
  const place = placeOf(transition, { ...origin, node: at });
  note(transition, 'items_opened', { ...place, scope: id, kind: 'branches', count: names.length });
  advance(transition, id);
}

export const branches: FrameOperator<BranchFrame> = {
  awaitsOutput: true,
  leave(transition, scope, frame, branch, value) {
    if (frame.failed?.includes(branch)) return;
    frame.slots[branch] = frame.over ? literal(null) : value;
    endIfReached(transition, scope, frame);
  },
  startNext(transition, scope, frame) {
    const name = frame.names[frame.next] ?? '';
    frame.next += 1;
    const { node, operator } = operatorAt(transition, frame) ?? {};
    if (node) operator?.startBranch?.(transition, node, scope, frame, name);
    return { part: name, slot: name };
  },
  dropInput(frame) {
    frame.input = literal(null);
    delete frame.answer;
  },
  slots: ({ names, slots }) => ({ names, values: slots }),
  isKept: (_, { over }) => !over,
};

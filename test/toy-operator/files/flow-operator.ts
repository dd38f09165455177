/** `repeat`: sends the value on a number of times. */
import { z } from 'zod';
import { atLeastOne } from '../options/policies.ts';
import type { NodeOperator, StepOperator } from '../wiring/operator.ts';
import { shapeOfTargets } from '../wiring/targets.ts';

const shape = z.strictObject({ kind: z.literal('repeat'), times: atLeastOne, out: shapeOfTargets }).readonly();

export type RepeatNode = z.infer<typeof shape>;
export type RepeatStep = Omit<RepeatNode, 'out'>;

export const repeat: NodeOperator<RepeatNode> & StepOperator<RepeatStep> = {
  node: {
    shape,
    identity: (node, { sorted }) => ({ ...node, out: sorted(node.out) }),
    drawing: { box: 'operator', label: ({ times }) => `repeat: ${times}` },
  },
  step: {
    compile: (step, { nodes, operator }) =>
      operator(step.kind, (id, out) => {
        nodes[id] = { ...step, out };
      }),
  },
};

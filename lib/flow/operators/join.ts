/**
 * `when` of several sources, one slot each. `and`: fires `{ [slot]: value }` once all slots of a scope are filled. `or`: fires
 * `{ name: slot, value }` at every value.
 */
import { z } from 'zod';
import type { NodeOperator } from '../wiring/operator.ts';
import { shapeOfTargets } from '../wiring/targets.ts';

const shape = z
  .strictObject({
    kind: z.literal('join'),
    /** Default `and`. */
    mode: z.literal('or').exactOptional(),
    slots: z.array(z.string()).min(2).readonly(),
    out: shapeOfTargets,
  })
  .readonly();

export type JoinNode = z.infer<typeof shape>;

export const join: NodeOperator<JoinNode> = {
  node: {
    shape,
    slots: ({ slots }) => slots,
    identity: (node, { sorted }) => ({ ...node, out: sorted(node.out) }),
    drawing: { box: 'gate', label: ({ mode = 'and' }) => mode },
  },
};

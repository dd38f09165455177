/** `batch`: runs all branches with the same input in a new scope; `{ [branch]: output }` leaves once all have an output. */
import { z } from 'zod';
import { invalid, name } from '../checks/definition.ts';
import { atLeastOne } from '../options/policies.ts';
import type { AnyChunk } from '../pipe/chunk-types.ts';
import type { NodeOperator, StepOperator } from '../wiring/operator.ts';
import type { Workshop } from '../wiring/position.ts';
import { type Limit, type LimitOption, limitOf, type Side, type SideOption, sideOf } from '../wiring/step-options.ts';
import { shapeOfTarget, shapeOfTargets } from '../wiring/targets.ts';

const shape = z
  .strictObject({
    kind: z.literal('batch'),
    branches: z
      .array(z.strictObject({ name, to: shapeOfTarget }).readonly())
      .min(1)
      .readonly(),
    /** Maximum number of branches that run at once. */
    concurrency: atLeastOne.exactOptional(),
    out: shapeOfTargets,
  })
  .readonly();

export type BatchNode = z.infer<typeof shape>;

export interface BatchStep extends Side, Limit {
  readonly kind: 'batch';
  readonly chunks: readonly string[];
}

export const batch: NodeOperator<BatchNode> & StepOperator<BatchStep> = {
  node: {
    shape,
    bodies: ({ branches }) => branches.map((each) => ({ branch: each.name, to: [each.to], leaves: true, label: '' })),
    waits: true,
    identity: (node, { sorted }) => ({ ...node, out: sorted(node.out) }),
    drawing: {
      box: 'operator',
      label: ({ branches }, isDetailed) =>
        isDetailed ? 'batch' : `batch: ${branches.map((each) => each.name).join(', ')}`,
    },
  },
  step: {
    compile: ({ kind, chunks, concurrency }, { nodes, operator }) =>
      operator(kind, (id, out) => {
        const branches = chunks.map((each) => ({ name: each, to: { node: `${id}/${each}` } }));
        nodes[id] = { kind, branches, ...(concurrency !== undefined && { concurrency }), out };
        for (const { name: branch, to } of branches)
          nodes[to.node] = { kind: 'chunk', chunk: branch, out: [{ exit: id, branch }] };
      }),
  },
};

/** @throws FlowError `definition_invalid` */
export function batchStep(
  { register }: Workshop,
  list: readonly AnyChunk[],
  options: LimitOption & SideOption,
): BatchStep {
  const chunks = list.map((each) => register.nameOf(each));
  const twice = chunks.find((each, i) => chunks.indexOf(each) !== i);
  if (chunks.length === 0) throw invalid('A batch has no chunks. Pass at least one.');
  if (twice !== undefined)
    throw invalid(`A batch lists chunk "${twice}" twice. Names become keys of the output: use each chunk once.`);
  return { kind: 'batch', chunks, ...limitOf(options, `batch of "${chunks[0]}"`), ...sideOf(options) };
}

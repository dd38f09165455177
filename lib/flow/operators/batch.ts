/** `batch`: runs all branches with the same input in a new scope; `{ [branch]: output }` leaves once all have an output. */
import { z } from 'zod';
import { invalid, name } from '../checks/definition.ts';
import {
  type CompletionStep,
  compileCompletion,
  completionOf,
  type GivenCompletion,
  keyOfCompletion,
  labelOf,
  shapeOfCompletion,
  untilOf,
} from '../options/completion.ts';
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
    /** When it continues before all branches have ended, and how many failures it tolerates. */
    completion: shapeOfCompletion.exactOptional(),
    out: shapeOfTargets,
  })
  .readonly();

export type BatchNode = z.infer<typeof shape>;

export interface BatchStep extends Side, Limit {
  readonly kind: 'batch';
  readonly chunks: readonly string[];
  readonly completion?: CompletionStep;
}

export const batch: NodeOperator<BatchNode> & StepOperator<BatchStep> = {
  node: {
    shape,
    bodies: ({ branches }) => branches.map((each) => ({ branch: each.name, to: [each.to], leaves: true, label: '' })),
    waits: true,
    code: untilOf,
    identity: (node, { sorted }) => ({ ...node, out: sorted(node.out) }),
    drawing: {
      box: 'operator',
      label: (node, isDetailed) =>
        isDetailed ? `batch${labelOf(node)}` : `batch: ${node.branches.map((each) => each.name).join(', ')}`,
    },
  },
  step: {
    key: ({ kind, chunks, concurrency = null, side = null, completion }) =>
      `${kind} ${JSON.stringify([chunks, concurrency, side, keyOfCompletion(completion)])}`,
    codes: ({ completion }) => (completion?.until ? [completion.until] : []),
    compile: ({ kind, chunks, concurrency, completion }, { nodes, operator, predicates }) =>
      operator(kind, (id, out) => {
        const branches = chunks.map((each) => ({ name: each, to: { node: `${id}/${each}` } }));
        const limited = concurrency !== undefined && { concurrency };
        nodes[id] = { kind, branches, ...limited, ...compileCompletion(completion, id, predicates), out };
        for (const { name: branch, to } of branches)
          nodes[to.node] = { kind: 'chunk', chunk: branch, out: [{ exit: id, branch }] };
      }),
  },
};

/** @throws FlowError `definition_invalid` */
export function batchStep(
  { register }: Workshop,
  list: readonly AnyChunk[],
  options: LimitOption & SideOption & { readonly completion?: GivenCompletion },
): BatchStep {
  const chunks = list.map((each) => register.nameOf(each));
  const twice = chunks.find((each, i) => chunks.indexOf(each) !== i);
  if (chunks.length === 0) throw invalid('A batch has no chunks. Pass at least one.');
  if (twice !== undefined)
    throw invalid(`A batch lists chunk "${twice}" twice. Names become keys of the output: use each chunk once.`);
  const where = `batch of "${chunks[0]}"`;
  return { kind: 'batch', chunks, ...limitOf(options, where), ...completionOf(options, where), ...sideOf(options) };
}

/** `forEach`: runs every item of a list through the body, each in its own scope. A value that is no list is one item. */
import { z } from 'zod';
import { invalid, oneOf } from '../checks/definition.ts';
import { checkFits } from '../options/check.ts';
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
import { type BodyBuilder, buildBody } from '../wiring/bodies.ts';
import type { NodeOperator, StepOperator } from '../wiring/operator.ts';
import { type Body, codesIn, keyOfBody } from '../wiring/points.ts';
import type { Position } from '../wiring/position.ts';
import { type Limit, type LimitOption, limitOf } from '../wiring/step-options.ts';
import { shapeOfTargets } from '../wiring/targets.ts';

const shape = z
  .strictObject({
    kind: z.literal('forEach'),
    body: shapeOfTargets,
    /** Whether the body ends with an exit: then the results leave through `out`, in input order. Otherwise nothing leaves. */
    collects: z.boolean(),
    /** Maximum number of items that run at once. */
    concurrency: atLeastOne.exactOptional(),
    /** Number of items that the body gets as one list. Absent: the body gets single items. */
    batchSize: atLeastOne.exactOptional(),
    /** A failed item becomes `{ error }` in the results instead of failing the execution. */
    onItemError: z.literal('collect').exactOptional(),
    /** When it continues before all items have ended, and how many failures it tolerates. */
    completion: shapeOfCompletion.exactOptional(),
    out: shapeOfTargets,
  })
  .readonly();

export type ForEachNode = z.infer<typeof shape>;

export interface ForEachStep extends Limit {
  readonly kind: 'forEach';
  readonly body: Body;
  readonly onItemError?: 'collect';
  readonly completion?: CompletionStep;
  readonly batchSize?: number;
}

export interface ForEachOptions extends LimitOption {
  readonly onItemError?: string;
  readonly completion?: GivenCompletion;
  readonly batchSize?: number;
}

const ITEM = 'item';

export const forEach: NodeOperator<ForEachNode> & StepOperator<ForEachStep> = {
  node: {
    shape,
    bodies: ({ body, collects }) => [{ branch: ITEM, to: body, leaves: collects, label: 'each' }],
    waits: true,
    code: untilOf,
    identity: (node, { sorted }) => ({ ...node, body: sorted(node.body), out: sorted(node.out) }),
    drawing: { box: 'operator', label: (node, isDetailed) => `for each${isDetailed ? labelOf(node) : ''}` },
  },
  step: {
    key: ({ concurrency, onItemError, completion, batchSize, body }) =>
      `forEach ${JSON.stringify([concurrency, onItemError, keyOfCompletion(completion), batchSize, keyOfBody(body)])}`,
    codes: ({ body, completion }) => [...(completion?.until ? [completion.until] : []), ...codesIn(body.start)],
    compile: ({ body, kind, concurrency, onItemError, completion, batchSize }, site) =>
      site.operator(kind, (id, out) => {
        const limited = concurrency !== undefined && { concurrency };
        const options = {
          ...limited,
          ...(batchSize !== undefined && { batchSize }),
          ...(onItemError && { onItemError }),
          ...compileCompletion(completion, id, site.predicates),
        };
        const node = { kind, collects: body.tail !== undefined, ...options, out };
        site.nodes[id] = { ...node, body: site.body(id, ITEM, body) };
      }),
  },
};

/** @throws FlowError `definition_invalid` */
export function forEachStep(around: Position, build: BodyBuilder, options: ForEachOptions): ForEachStep {
  const onItemError = oneOf('onItemError of a forEach', options.onItemError ?? 'fail', ['fail', 'collect']);
  const { batchSize } = options;
  if (batchSize !== undefined) checkFits(atLeastOne, batchSize, 'batchSize of forEach');
  const limited = {
    ...limitOf(options, 'forEach'),
    ...completionOf(options, 'forEach'),
    ...(batchSize !== undefined && { batchSize }),
  };
  const body = buildBody(around, { what: 'forEach', build, scope: { of: 'forEach' }, mayEnd: true });
  if (!body.tail && body.start.steps.size === 0)
    throw invalid('The body of forEach does nothing. Wire it, or return its pipe to collect the items.');
  if (!body.tail && limited.completion)
    throw invalid('The forEach has a completion but no results. Return a pipe from its callback to collect them.');
  return { kind: 'forEach', body, ...limited, ...(onItemError === 'collect' && { onItemError }) };
}

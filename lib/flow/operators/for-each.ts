/** `forEach`: runs every item of a list through the body, each in its own scope. A value that is no list is one item. */
import { z } from 'zod';
import { invalid, oneOf } from '../checks/definition.ts';
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
    /** A failed item becomes `{ error }` in the results instead of failing the execution. */
    onItemError: z.literal('collect').exactOptional(),
    out: shapeOfTargets,
  })
  .readonly();

export type ForEachNode = z.infer<typeof shape>;

export interface ForEachStep extends Limit {
  readonly kind: 'forEach';
  readonly body: Body;
  readonly onItemError?: 'collect';
}

const ITEM = 'item';

export const forEach: NodeOperator<ForEachNode> & StepOperator<ForEachStep> = {
  node: {
    shape,
    bodies: ({ body, collects }) => [{ branch: ITEM, to: body, leaves: collects, label: 'each' }],
    waits: true,
    identity: (node, { sorted }) => ({ ...node, body: sorted(node.body), out: sorted(node.out) }),
    drawing: { box: 'operator', label: () => 'for each' },
  },
  step: {
    key: ({ concurrency, onItemError, body }) =>
      `forEach ${JSON.stringify([concurrency, onItemError, keyOfBody(body)])}`,
    codes: ({ body }) => codesIn(body.start),
    compile: ({ body, kind, concurrency, onItemError }, site) =>
      site.operator(kind, (id, out) => {
        const limited = concurrency !== undefined && { concurrency };
        const node = { kind, collects: body.tail !== undefined, ...limited, ...(onItemError && { onItemError }), out };
        site.nodes[id] = { ...node, body: site.body(id, ITEM, body) };
      }),
  },
};

/** @throws FlowError `definition_invalid` */
export function forEachStep(
  around: Position,
  build: BodyBuilder,
  options: LimitOption & { readonly onItemError?: string },
): ForEachStep {
  const onItemError = oneOf('onItemError of a forEach', options.onItemError ?? 'fail', ['fail', 'collect']);
  const limited = limitOf(options, 'forEach');
  const body = buildBody(around, { what: 'forEach', build, scope: { of: 'forEach' }, mayEnd: true });
  if (!body.tail && body.start.steps.size === 0)
    throw invalid('The body of forEach does nothing. Wire it, or return its pipe to collect the items.');
  return { kind: 'forEach', body, ...limited, ...(onItemError === 'collect' && { onItemError }) };
}

/**
 * A flow as a document: plain JSON with everything but the code. It refers to handlers by chunk name, to predicates and taps by
 * function name. The caller chooses the text format: `YAML.stringify(exportFlow(flow))`.
 */

import { z } from 'zod';
import { shapeOfRequirement } from '../authoring/requirements.ts';
import { shapeOfSchedule } from '../authoring/schedules.ts';
import { name } from '../checks/definition.ts';
import { shapeOfContract, shapeOfSchema } from '../graph/contract-json.ts';
import type { NodeId } from '../graph/graph.ts';
import { shapeOfCollection } from '../operators/collect.ts';
import { shapeOfNode } from '../operators/table.ts';
import { documentOptions } from '../options/execution.ts';
import { policy } from '../options/policies.ts';
import { shapeOfTargets } from '../wiring/targets.ts';
import { readShape } from './read-document.ts';

export const FORMAT = 'triggerflow/1';

const listeners = z.record(z.string(), shapeOfTargets).readonly();
const graph = z
  .strictObject({
    nodes: z.record(z.string(), shapeOfNode).readonly(),
    entry: shapeOfTargets,
    on: listeners,
    after: listeners,
    onState: listeners.exactOptional(),
    onFlowData: listeners.exactOptional(),
    collections: z.record(name, shapeOfCollection).readonly().exactOptional(),
    policies: z.record(name, policy).readonly(),
    defaults: policy,
  })
  .readonly();

const own = z.strictObject({
  format: z.literal(FORMAT, `is not supported: this version reads "${FORMAT}"`),
  name,
  contract: shapeOfContract,
  /** JSON schemas of the answers to pauses, by chunk name. */
  resumes: z.record(name, shapeOfSchema).readonly(),
  execution: documentOptions,
  /** Declared resource requirements. Absent: none. */
  requirements: z.array(shapeOfRequirement).readonly().exactOptional(),
  /** Scheduled starts. Absent: none. */
  schedules: z.array(shapeOfSchedule).readonly().exactOptional(),
  graph,
  /** Function names of predicates, by `<node>/<case>` or `<node>/until`. */
  predicates: z.record(z.string(), z.string().min(1)).readonly(),
  /** Function names of taps, by node id. */
  taps: z.record(z.string(), z.string().min(1)).readonly(),
});

/** What `exportFlow` returns and `importFlow` reads. */
export interface FlowDocument extends Readonly<z.infer<typeof own>> {
  /** Documents of sub-flows, by node id. */
  readonly children: { readonly [node: NodeId]: FlowDocument };
}

const shape: z.ZodType<FlowDocument> = own.extend({
  children: z.record(
    z.string(),
    z.lazy(() => shape),
  ),
});

/** Checks the shape of a document. @returns the document, or its problems */
export function readDocument(value: unknown): FlowDocument | readonly string[] {
  const read = readShape(shape, value);
  return 'problems' in read ? read.problems : read.document;
}

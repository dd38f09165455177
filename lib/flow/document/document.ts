/**
 * A flow as a document: plain JSON that says everything but the code. Handlers are known by chunk name, predicates and taps by
 * the names of their functions. Text formats are the caller's: `YAML.stringify(exportFlow(flow))`.
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
import { readShape } from './shape.ts';

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
  format: z.literal(FORMAT, `is another format: this version reads "${FORMAT}"`),
  name,
  contract: shapeOfContract,
  /** JSON schemas of answers, by chunk name. */
  resumes: z.record(name, shapeOfSchema).readonly(),
  execution: documentOptions,
  /** Absent: none is declared. */
  requirements: z.array(shapeOfRequirement).readonly().exactOptional(),
  /** Absent: there are none. */
  schedules: z.array(shapeOfSchedule).readonly().exactOptional(),
  graph,
  /** Function names, by `<node>/<case>`. */
  predicates: z.record(z.string(), z.string().min(1)).readonly(),
  /** Function names, by node id. */
  taps: z.record(z.string(), z.string().min(1)).readonly(),
});

export interface FlowDocument extends Readonly<z.infer<typeof own>> {
  /** Sub-flows stand beside the graph, by node id. */
  readonly children: { readonly [node: NodeId]: FlowDocument };
}

const shape: z.ZodType<FlowDocument> = own.extend({
  children: z.record(
    z.string(),
    z.lazy(() => shape),
  ),
});

/** The document a value is, or everything that keeps it from being one. */
export function readDocument(value: unknown): FlowDocument | readonly string[] {
  const read = readShape(shape, value);
  return 'problems' in read ? read.problems : read.document;
}

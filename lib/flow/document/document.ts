/**
 * A flow as a document: plain JSON that says everything but the code. Handlers are known by chunk name, predicates and taps by
 * the names of their functions. Text formats are the caller's: `YAML.stringify(exportFlow(flow))`.
 */

import { z } from 'zod';
import type { Requirement } from '../authoring/requirements.ts';
import type { FlowSchedule } from '../authoring/schedules.ts';
import type { ContractJson } from '../authoring/schema-kinds.ts';
import { name } from '../graph/definition.ts';
import type {
  Capture,
  Collection,
  Graph,
  GraphNode,
  MatchCase,
  NodeId,
  SubFlowNode,
  WriteBack,
} from '../graph/graph.ts';
import type { Json } from '../json.ts';
import { documentOptions, type ExecutionDefaults } from '../options/execution.ts';
import { atLeastOne, policy } from '../options/policies.ts';
import { readShape } from './shape.ts';

export const FORMAT = 'triggerflow/1';

/** A sub-flow stands beside the graph as a document of its own (`children`). */
export type DocumentNode = Exclude<GraphNode, SubFlowNode> | Omit<SubFlowNode, 'graph'>;
type NodeOf<Kind> = Extract<DocumentNode, { readonly kind: Kind }>;

export interface FlowDocument {
  readonly format: typeof FORMAT;
  readonly name: string;
  readonly contract: ContractJson;
  /** JSON schemas of answers, by chunk name. */
  readonly resumes: { readonly [chunk: string]: Json };
  readonly execution: ExecutionDefaults;
  /** Absent: none is declared. */
  readonly requirements?: readonly Requirement[];
  /** Absent: there are none. */
  readonly schedules?: readonly FlowSchedule<Json>[];
  readonly graph: Omit<Graph, 'flow' | 'nodes' | 'concurrency'> & {
    readonly nodes: Readonly<Record<NodeId, DocumentNode>>;
  };
  /** Function names, by `<node>/<case>`. */
  readonly predicates: { readonly [position: string]: string };
  /** Function names, by node id. */
  readonly taps: { readonly [node: NodeId]: string };
  readonly children: { readonly [node: NodeId]: FlowDocument };
}

/** Says every member of `T`, so that an option cannot be forgotten here. */
const members =
  <T>() =>
  <const Shape extends { readonly [Key in keyof Required<T>]: z.ZodType }>(shape: Shape) =>
    z.strictObject(shape);

const key = name.refine((text) => !text.includes('.'), 'has a dot, which separates paths');
const schema = z.union([z.record(z.string(), z.unknown()), z.boolean(), z.null()]);
const limit = atLeastOne.optional();
const side = z.literal(true).optional();
const target = z.union(
  [
    z.strictObject({ node: z.string(), side }),
    z.strictObject({ exit: z.string(), branch: z.string() }),
    z.strictObject({ join: z.string(), slot: z.string() }),
    z.strictObject({ collect: z.string(), branch: z.string() }),
    z.strictObject({ end: z.literal(true) }),
  ],
  'is no target: use { node }, { exit, branch }, { join, slot }, { collect, branch } or { end }',
);
const targets = z.array(target);
const listeners = z.record(z.string(), targets);
const condition = z.union(
  [z.strictObject({ value: z.json() }), z.strictObject({ predicate: z.string() })],
  'is no condition: use { value } or { predicate }',
);
const paths = z.record(z.string(), z.string());
const bindings = z.union([z.string(), paths], 'is no path and no object of paths');
const capture = members<Capture>()({
  input: bindings.optional(),
  state: paths.optional(),
  flowData: paths.optional(),
  resources: paths.optional(),
});
const writeBack = members<WriteBack>()({
  value: bindings.optional(),
  state: paths.optional(),
  flowData: paths.optional(),
});
const node = z.discriminatedUnion('kind', [
  members<NodeOf<'chunk'>>()({ kind: z.literal('chunk'), chunk: name, out: targets }),
  members<NodeOf<'batch'>>()({
    kind: z.literal('batch'),
    branches: z.array(z.strictObject({ name, to: target })).min(1),
    concurrency: limit,
    out: targets,
  }),
  members<NodeOf<'match'>>()({
    kind: z.literal('match'),
    mode: z.literal('all').optional(),
    cases: z.array(members<MatchCase>()({ when: condition, to: targets })).min(1),
    otherwise: targets.optional(),
    out: targets,
  }),
  members<NodeOf<'join'>>()({
    kind: z.literal('join'),
    mode: z.literal('or').optional(),
    slots: z.array(z.string()).min(2),
    out: targets,
  }),
  members<NodeOf<'forEach'>>()({
    kind: z.literal('forEach'),
    body: targets,
    collects: z.boolean(),
    concurrency: limit,
    onItemError: z.literal('collect').optional(),
    out: targets,
  }),
  members<NodeOf<'tap'>>()({ kind: z.literal('tap'), tap: z.string(), out: targets }),
  members<NodeOf<'interventionPoint'>>()({
    kind: z.literal('interventionPoint'),
    name,
    target: name.optional(),
    out: targets,
  }),
  members<NodeOf<'subFlow'>>()({
    kind: z.literal('subFlow'),
    capture: capture.optional(),
    writeBack: writeBack.optional(),
    concurrency: limit,
    out: targets,
  }),
]);
const shape = members<FlowDocument>()({
  format: z.literal(FORMAT, `is another format: this version reads "${FORMAT}"`),
  name,
  contract: members<ContractJson>()({
    input: schema,
    state: z.record(key, schema).nullable(),
    signals: z.record(name, schema).nullable(),
    stream: schema,
    result: schema,
    resources: z.array(name),
  }),
  resumes: z.record(name, schema),
  requirements: z
    .array(
      members<Requirement>()({
        key: z.string().min(1),
        required: z.boolean(),
        failPolicy: z.enum(['closed', 'open']),
        resolver: z.string().optional(),
        health: z.string().optional(),
        stateRef: z.json().optional(),
      }),
    )
    .optional(),
  schedules: z
    .array(
      members<FlowSchedule>()({
        id: z.string(),
        cron: z.string().optional(),
        rate: z.string().optional(),
        timezone: z.string().optional(),
        input: z.json().optional(),
      }),
    )
    .optional(),
  execution: documentOptions,
  graph: members<FlowDocument['graph']>()({
    nodes: z.record(z.string(), node),
    entry: targets,
    on: listeners,
    after: listeners,
    onState: listeners.optional(),
    onFlowData: listeners.optional(),
    collections: z
      .record(
        name,
        members<Collection>()({ branches: z.array(name).min(1), mode: z.literal('reset').optional(), out: targets }),
      )
      .optional(),
    policies: z.record(name, policy),
    defaults: policy,
  }),
  predicates: z.record(z.string(), z.string().min(1)),
  taps: z.record(z.string(), z.string().min(1)),
  get children(): z.ZodType {
    return z.record(z.string(), shape);
  },
});

/** The document a value is, or everything that keeps it from being one. */
export function readDocument(value: unknown): FlowDocument | readonly string[] {
  const read = readShape(shape, value);
  return 'problems' in read ? read.problems : (read.document as FlowDocument);
}

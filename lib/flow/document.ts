/**
 * A flow as a document: plain JSON that says everything but the code. Handlers are known by chunk name, predicates and taps by
 * the names of their functions. Text formats are the caller's: `YAML.stringify(exportFlow(flow))`.
 */

import { z } from 'zod';
import type { ContractJson } from './contract.ts';
import type { ExecutionDefaults } from './flow.ts';
import type { Graph, GraphNode, NodeId, SubFlowNode } from './graph.ts';
import { checkJson, type Json } from './json.ts';
import type { Requirement } from './requirements.ts';

export const FORMAT = 'triggerflow/1';

/** A sub-flow stands beside the graph as a document of its own (`children`). */
export type DocumentNode = Exclude<GraphNode, SubFlowNode> | Omit<SubFlowNode, 'graph'>;

export interface FlowDocument {
  readonly format: typeof FORMAT;
  readonly name: string;
  readonly contract: ContractJson;
  /** JSON schemas of answers, by chunk name. */
  readonly resumes: { readonly [chunk: string]: Json };
  readonly execution: ExecutionDefaults;
  /** Absent: none is declared. */
  readonly requirements?: readonly Requirement[];
  readonly graph: Omit<Graph, 'flow' | 'nodes'> & { readonly nodes: Readonly<Record<NodeId, DocumentNode>> };
  /** Function names, by `<node>/<case>`. */
  readonly predicates: { readonly [position: string]: string };
  /** Function names, by node id. */
  readonly taps: { readonly [node: NodeId]: string };
  readonly children: { readonly [node: NodeId]: FlowDocument };
}

const name = z.string().regex(/^[A-Za-z0-9_.-]{1,128}$/, 'is no name: use 1 to 128 of A-Z a-z 0-9 _ . -');
const schema = z.union([z.record(z.string(), z.unknown()), z.boolean(), z.null()]);
const limit = z.int().min(1).optional();
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
const capture = z.strictObject({
  input: bindings.optional(),
  state: paths.optional(),
  flowData: paths.optional(),
  resources: paths.optional(),
});
const writeBack = z.strictObject({ value: bindings.optional(), state: paths.optional(), flowData: paths.optional() });
const node = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('chunk'), chunk: name, out: targets }),
  z.strictObject({
    kind: z.literal('batch'),
    branches: z.array(z.strictObject({ name, to: target })).min(1),
    concurrency: limit,
    out: targets,
  }),
  z.strictObject({
    kind: z.literal('match'),
    mode: z.literal('all').optional(),
    cases: z.array(z.strictObject({ when: condition, to: targets })).min(1),
    otherwise: targets.optional(),
    out: targets,
  }),
  z.strictObject({
    kind: z.literal('join'),
    mode: z.literal('or').optional(),
    slots: z.array(z.string()).min(2),
    out: targets,
  }),
  z.strictObject({
    kind: z.literal('forEach'),
    body: targets,
    collects: z.boolean(),
    concurrency: limit,
    onItemError: z.literal('collect').optional(),
    out: targets,
  }),
  z.strictObject({ kind: z.literal('tap'), tap: z.string(), out: targets }),
  z.strictObject({ kind: z.literal('interventionPoint'), name, target: name.optional(), out: targets }),
  z.strictObject({
    kind: z.literal('subFlow'),
    capture: capture.optional(),
    writeBack: writeBack.optional(),
    concurrency: limit,
    out: targets,
  }),
]);
const retry = z.strictObject({
  maxAttempts: z.int().min(1).optional(),
  initialDelay: z.number().min(0).optional(),
  factor: z.number().min(1).optional(),
  jitter: z.number().min(0).max(1).optional(),
});
const policy = z.strictObject({
  retry: retry.optional(),
  timeout: z.number().gt(0).optional(),
  onError: z.union([z.enum(['fail', 'skip']), z.strictObject({ handler: z.string() })]).optional(),
});
const shape = z.strictObject({
  format: z.literal(FORMAT, `is another format: this version reads "${FORMAT}"`),
  name,
  contract: z.strictObject({
    input: schema,
    state: z.record(name, schema).nullable(),
    signals: z.record(name, schema).nullable(),
    stream: schema,
    result: schema,
    resources: z.array(name),
  }),
  resumes: z.record(name, schema),
  requirements: z
    .array(
      z.strictObject({
        key: z.string(),
        required: z.boolean(),
        failPolicy: z.enum(['closed', 'open']),
        resolver: z.string().optional(),
        health: z.string().optional(),
        stateRef: z.json().optional(),
      }),
    )
    .optional(),
  execution: z.strictObject({
    autoClose: z.boolean().optional(),
    hopBudget: limit,
    autoCloseTimeout: z.number().min(0).nullable().optional(),
    concurrency: limit,
    nowait: z.enum(['queue', 'inline']).optional(),
    durability: z.enum(['sync', 'exit']).optional(),
  }),
  graph: z.strictObject({
    nodes: z.record(z.string(), node),
    entry: targets,
    on: listeners,
    after: listeners,
    onState: listeners.optional(),
    onFlowData: listeners.optional(),
    collections: z
      .record(
        name,
        z.strictObject({ branches: z.array(name).min(1), mode: z.literal('reset').optional(), out: targets }),
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
  const { error } = shape.safeParse(value);
  if (error) return error.issues.map(({ path, message }) => `${path.join('.') || 'document'}: ${message}`);
  try {
    return checkJson(value, 'document') as unknown as FlowDocument;
  } catch (problem) {
    return [problem instanceof Error ? problem.message : 'document: no JSON'];
  }
}

/**
 * The fingerprint of a definition: what running executions rely on. Ids, wiring and contracts count; handler bodies,
 * policies and the order of independent statements do not.
 */

import type { Schemas } from './contract.ts';
import { schemaJson } from './definition.ts';
import type { ChunkCode, Contract } from './flow.ts';
import type { Graph, GraphNode, Target } from './graph.ts';
import { canonical, digest, type Json } from './json.ts';

export function fingerprintOf(graph: Graph, contract: Contract, chunks: ReadonlyMap<string, ChunkCode>): string {
  const resumes: Record<string, Json> = {};
  for (const { name, resume } of chunks.values()) if (resume) resumes[name] = schemaJson(resume);
  return digest({
    flow: graph.flow,
    nodes: mapValues(graph.nodes, sortedNode),
    entry: sorted(graph.entry),
    on: mapValues(graph.on, sorted),
    after: mapValues(graph.after, sorted),
    contract: {
      input: contract.input ? schemaJson(contract.input) : null,
      state: contract.state ? schemas(contract.state) : null,
      signals: contract.signals ? schemas(contract.signals) : null,
      stream: contract.stream ? schemaJson(contract.stream) : null,
      resources: contract.resources,
    },
    resumes,
  });
}

function schemas(contract: Schemas): Json {
  return mapValues(contract, schemaJson);
}

function sortedNode(node: GraphNode): Json {
  const out = sorted(node.out);
  if (node.kind !== 'match') return { ...node, out };
  const cases = node.cases.map(({ when, to }) => ({ when, to: sorted(to) }));
  return { kind: node.kind, cases, out, ...(node.otherwise && { otherwise: sorted(node.otherwise) }) };
}

function sorted(targets: readonly Target[]): Json {
  return targets.map((target) => canonical({ ...target })).sort();
}

function mapValues<T>(record: Readonly<Record<string, T>>, change: (value: T) => Json): Record<string, Json> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

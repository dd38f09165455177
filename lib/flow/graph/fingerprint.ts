/**
 * The fingerprint of a definition: what running executions rely on. Ids, wiring and contracts count; handler bodies,
 * policies and the order of independent statements do not.
 */

import type { AnyFlow } from '../authoring/flow.ts';
import { contractJson, resumesJson } from '../authoring/schema-kinds.ts';
import { canonical, checkJson, digest, type Json } from '../json.ts';
import type { Collection, GraphNode, Target } from './graph.ts';

type Definition = Pick<AnyFlow, 'graph' | 'contract' | 'chunks' | 'children'>;

export function fingerprintOf(flow: Definition): string {
  const { graph, children } = flow;
  return digest({
    flow: graph.flow,
    nodes: Object.fromEntries(
      Object.entries(graph.nodes).map(([id, node]) => [id, sortedNode(node, children.get(id)?.fingerprint)]),
    ),
    entry: sorted(graph.entry),
    on: mapValues(graph.on, sorted),
    after: mapValues(graph.after, sorted),
    onState: mapValues(graph.onState ?? {}, sorted),
    onFlowData: mapValues(graph.onFlowData ?? {}, sorted),
    collections: mapValues(graph.collections ?? {}, (each: Collection) => ({ ...each, out: sorted(each.out) })),
    contract: { ...contractJson(flow.contract) },
    resumes: resumesJson(flow),
  });
}

function sortedNode(node: GraphNode, child: string | undefined): Json {
  const out = sorted(node.out);
  switch (node.kind) {
    case 'match': {
      const cases = node.cases.map(({ when, to }) => ({ when, to: sorted(to) }));
      const otherwise = node.otherwise && { otherwise: sorted(node.otherwise) };
      return { kind: node.kind, ...(node.mode && { mode: node.mode }), cases, out, ...otherwise };
    }
    case 'forEach':
      return { ...node, body: sorted(node.body), out };
    case 'subFlow':
      return checkJson({ ...node, graph: child, out }, 'subFlow');
    default:
      return { ...node, out };
  }
}

function sorted(targets: readonly Target[]): Json {
  return targets.map((target) => canonical({ ...target })).sort();
}

function mapValues<T>(record: Readonly<Record<string, T>>, change: (value: T) => Json): Record<string, Json> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

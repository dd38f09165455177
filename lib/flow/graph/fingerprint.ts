/**
 * The fingerprint of a definition: a digest of what executions in flight rely on. It covers ids, wiring and contracts, but not
 * handler bodies, policies and the order of independent statements.
 */

import type { AnyFlow } from '../authoring/flow.ts';
import { canonical, digest, type Json } from '../json.ts';
import { nodeRow } from '../operators/table.ts';
import { contractJson, resumesJson } from './contract-json.ts';
import type { Collection, Target } from './graph.ts';

type Definition = Pick<AnyFlow, 'graph' | 'contract' | 'chunks' | 'children'>;

export function fingerprintOf(flow: Definition): string {
  const { graph, children } = flow;
  return digest({
    flow: graph.flow,
    nodes: Object.fromEntries(
      Object.entries(graph.nodes).map(([id, node]) => [
        id,
        nodeRow(node).identity(node, { sorted, child: children.get(id)?.fingerprint }),
      ]),
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

function sorted(targets: readonly Target[]): Json {
  return targets.map((target) => canonical({ ...target })).sort();
}

function mapValues<T>(record: Readonly<Record<string, T>>, change: (value: T) => Json): Record<string, Json> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}

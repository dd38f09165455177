/** `exportFlow`: writes the document of a flow. */

import type { AnyFlow } from '../authoring/flow.ts';
import type { FlowSchedule } from '../authoring/schedules.ts';
import { invalid } from '../checks/definition.ts';
import { contractJson, resumesJson } from '../graph/contract-json.ts';
import { checkJson, type Json } from '../json.ts';
import { type DocumentNode, type GraphNode, nodeRow } from '../operators/table.ts';
import { type FlowDocument, FORMAT } from './flow-document.ts';

/**
 * The document of a flow; equal flows have equal documents. It has no code: no handlers, and no refinements and transforms of
 * schemas.
 * @throws FlowError `definition_invalid` if predicates or taps have no name or share one; `details.problems` lists all
 */
export function exportFlow(flow: AnyFlow): FlowDocument {
  const problems: string[] = [];
  const document = documentOf(flow, problems);
  if (problems.length > 0) throw invalid(`Flow "${flow.name}" cannot be exported: ${problems.join(' ')}`, { problems });
  // Copied, so that the caller can change the document without changing the flow.
  return checkJson(document, 'document') as unknown as FlowDocument;
}

function documentOf(flow: AnyFlow, problems: string[]): FlowDocument {
  const { flow: _, concurrency: __, nodes, ...graph } = flow.graph;
  return {
    format: FORMAT,
    name: flow.name,
    contract: contractJson(flow.contract),
    resumes: resumesJson(flow),
    execution: flow.execution,
    ...(flow.requirements.length > 0 ? { requirements: flow.requirements } : {}),
    ...(flow.schedules.length > 0 ? { schedules: flow.schedules as readonly FlowSchedule<Json>[] } : {}),
    graph: { ...graph, nodes: Object.fromEntries(Object.entries(nodes).map(([id, node]) => [id, saved(node)])) },
    predicates: named(flow, 'predicate', flow.predicates, problems),
    taps: named(flow, 'tap', flow.taps, problems),
    children: Object.fromEntries(Array.from(flow.children, ([id, child]) => [id, documentOf(child, problems)])),
  };
}

function saved(node: GraphNode): DocumentNode {
  return nodeRow(node).child?.save(node) ?? node;
}

type Code = (context: never) => unknown;

function named(
  flow: AnyFlow,
  what: 'predicate' | 'tap',
  codes: ReadonlyMap<string, Code>,
  problems: string[],
): Record<string, string> {
  const functions = new Map<string, Code>();
  for (const [position, code] of codes) {
    const { name } = code;
    const known = functions.get(name);
    if (name === '') {
      problems.push(`The ${what} at "${position}" of flow "${flow.name}" has no name. Pass a named function.`);
    } else if (known && known !== code) {
      problems.push(`Two ${what}s of flow "${flow.name}" have the name "${name}", one at "${position}". Rename one.`);
    }
    functions.set(name, code);
  }
  return Object.fromEntries(Array.from(codes, ([position, { name }]) => [position, name]));
}

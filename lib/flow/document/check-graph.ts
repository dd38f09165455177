/** Checks the graph of a document. A graph compiled from wiring satisfies these rules by construction. */
import { chunkNames, lookUp } from '../graph/graph.ts';
import { cycleProblems } from '../graph/loops.ts';
import { nodeRow } from '../operators/table.ts';
import type { Target } from '../wiring/targets.ts';
import type { FlowDocument } from './flow-document.ts';

/** All problems of the graph, in the order of the document. */
export function graphProblems(document: FlowDocument): string[] {
  return [
    ...lists(document).flatMap(([where, targets]) =>
      targets.flatMap((target) => targetProblem(document.graph, target).map((problem) => `${where}: ${problem}`)),
    ),
    ...nameProblems(document),
    ...policyProblems(document),
    ...cycleProblems(document.graph),
  ];
}

type Listed = readonly [where: string, targets: readonly Target[]];
type DocumentGraph = FlowDocument['graph'];

/** Every list of targets, with its name in messages. */
function lists({ graph }: FlowDocument): Listed[] {
  const all: Listed[] = [['entry', graph.entry]];
  const listeners = {
    on: graph.on,
    after: graph.after,
    onState: graph.onState ?? {},
    onFlowData: graph.onFlowData ?? {},
  };
  for (const [kind, map] of Object.entries(listeners))
    for (const [name, targets] of Object.entries(map)) all.push([`${kind} "${name}"`, targets]);
  for (const [name, { out }] of Object.entries(graph.collections ?? {})) all.push([`collection "${name}"`, out]);
  for (const [id, node] of Object.entries(graph.nodes)) {
    for (const { to } of nodeRow(node).bodies?.(node) ?? []) all.push([`node "${id}"`, to]);
    all.push([`node "${id}"`, node.out]);
  }
  return all;
}

function targetProblem(graph: DocumentGraph, target: Target): string[] {
  if ('node' in target) return nodeProblem(graph, target.node);
  if ('exit' in target) {
    const node = lookUp(graph.nodes, target.exit);
    const bodies = (node && nodeRow(node).bodies?.(node)) ?? [];
    return bodies.some(({ branch, leaves }) => leaves && branch === target.branch)
      ? []
      : [`operator "${target.exit}" has no branch "${target.branch}" that a value can leave`];
  }
  if ('join' in target) {
    const node = lookUp(graph.nodes, target.join);
    const slots = (node && nodeRow(node).slots?.(node)) ?? [];
    return slots.includes(target.slot) ? [] : [`there is no join "${target.join}" with a slot "${target.slot}"`];
  }
  if ('collect' in target) {
    const branches = lookUp(graph.collections ?? {}, target.collect)?.branches ?? [];
    return branches.includes(target.branch)
      ? []
      : [`there is no collection "${target.collect}" with a branch "${target.branch}"`];
  }
  target satisfies { readonly end: true };
  return [];
}

function nodeProblem(graph: DocumentGraph, id: string): string[] {
  const node = lookUp(graph.nodes, id);
  if (!node) return [`there is no node "${id}"`];
  return nodeRow(node).slots ? [`the ${node.kind} "${id}" can only be entered through a slot: use { join, slot }`] : [];
}

function nameProblems({ graph, contract, children }: FlowDocument): string[] {
  const chunks = chunkNames(graph);
  const undeclared = (names: object, declared: object | null, what: string) =>
    declared === null
      ? []
      : Object.keys(names)
          .filter((name) => !Object.hasOwn(declared, name))
          .map((name) => `${what} "${name}" is not declared in the contract`);
  return [
    ...Object.keys(graph.after)
      .filter((name) => !chunks.has(name))
      .map((name) => `after "${name}": no node runs this chunk`),
    ...undeclared(graph.on, contract.signals, 'signal'),
    ...undeclared(graph.onState ?? {}, contract.state, 'state key'),
    ...Object.entries(graph.nodes)
      .filter(([id, node]) => (nodeRow(node).child !== undefined) !== Object.hasOwn(children, id))
      .map(([id, node]) =>
        nodeRow(node).child
          ? `node "${id}": children has no document of this sub-flow`
          : `node "${id}": children has a document, but the node is not a sub-flow`,
      ),
    ...Object.keys(children)
      .filter((id) => !Object.hasOwn(graph.nodes, id))
      .map((id) => `child "${id}": there is no node with this id`),
  ];
}

function policyProblems({ graph }: FlowDocument): string[] {
  const policies = [...Object.entries(graph.policies), ['defaults', graph.defaults] as const];
  return policies.flatMap(([name, { onError }]) => {
    if (typeof onError !== 'object' || lookUp(graph.nodes, onError.handler)?.kind === 'chunk') return [];
    return [
      `policy "${name}": onError names "${onError.handler}", but there is no chunk of that name at the top level`,
    ];
  });
}

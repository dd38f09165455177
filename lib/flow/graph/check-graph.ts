/** What has to hold between the parts of a graph that was not made by wiring. */
import type { FlowDocument } from '../document/document.ts';
import type { NodeId, Target } from './graph.ts';

/** Everything that is wrong with the wiring, in the order of the document. */
export function graphProblems(document: FlowDocument): string[] {
  return [
    ...lists(document).flatMap(([where, targets]) =>
      targets.flatMap((target) => targetProblem(document, target).map((problem) => `${where}: ${problem}`)),
    ),
    ...nameProblems(document),
    ...policyProblems(document),
    ...cycleProblems(document.graph),
  ];
}

type Listed = readonly [where: string, targets: readonly Target[]];

/** Every list of targets, with how messages call it. */
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
  for (const id of Object.keys(graph.nodes)) {
    all.push([`node "${id}"`, inside(graph, id)]);
    all.push([`node "${id}"`, graph.nodes[id]?.out ?? []]);
  }
  return all;
}

type Wires = Pick<FlowDocument['graph'], 'nodes' | 'collections'>;

/** Where the values go that an operator gives to its bodies. */
function inside({ nodes }: Wires, id: NodeId): readonly Target[] {
  const node = nodes[id];
  if (node?.kind === 'batch') return node.branches.map(({ to }) => to);
  if (node?.kind === 'match') return [...node.cases.flatMap(({ to }) => to), ...(node.otherwise ?? [])];
  return node?.kind === 'forEach' ? node.body : [];
}

function targetProblem({ graph }: FlowDocument, target: Target): string[] {
  if ('node' in target) {
    const node = lookUp(graph.nodes, target.node);
    if (!node) return [`there is no node "${target.node}"`];
    return node.kind === 'join' ? [`the join "${target.node}" is entered by a slot`] : [];
  }
  if ('exit' in target) {
    const node = lookUp(graph.nodes, target.exit);
    const branches =
      node?.kind === 'batch'
        ? node.branches.map(({ name }) => name)
        : node?.kind === 'match'
          ? [...node.cases.keys()].map(String).concat(node.otherwise ? 'else' : [])
          : node?.kind === 'forEach' && node.collects
            ? ['item']
            : [];
    return branches.includes(target.branch)
      ? []
      : [`there is no branch "${target.branch}" of "${target.exit}" to leave`];
  }
  if ('join' in target) {
    const node = lookUp(graph.nodes, target.join);
    const slots = node?.kind === 'join' ? node.slots : [];
    return slots.includes(target.slot) ? [] : [`there is no slot "${target.slot}" of a join "${target.join}"`];
  }
  if ('collect' in target) {
    const branches = lookUp(graph.collections ?? {}, target.collect)?.branches ?? [];
    return branches.includes(target.branch)
      ? []
      : [`there is no branch "${target.branch}" of a collection "${target.collect}"`];
  }
  return [];
}

function nameProblems({ graph, contract, children }: FlowDocument): string[] {
  const chunks = new Set(Object.values(graph.nodes).map((node) => (node.kind === 'chunk' ? node.chunk : '')));
  const undeclared = (names: object, declared: object | null, what: string) =>
    declared === null
      ? []
      : Object.keys(names)
          .filter((name) => !Object.hasOwn(declared, name))
          .map((name) => `${what} "${name}" is not declared in the contract`);
  return [
    ...Object.keys(graph.after)
      .filter((name) => !chunks.has(name))
      .map((name) => `after "${name}": the chunk stands nowhere`),
    ...undeclared(graph.on, contract.signals, 'signal'),
    ...undeclared(graph.onState ?? {}, contract.state, 'state key'),
    ...Object.entries(graph.nodes)
      .filter(([id, node]) => (node.kind === 'subFlow') !== Object.hasOwn(children, id))
      .map(([id]) => `node "${id}": sub-flows and children do not match`),
    ...Object.keys(children)
      .filter((id) => !Object.hasOwn(graph.nodes, id))
      .map((id) => `child "${id}": there is no such node`),
  ];
}

function policyProblems({ graph }: FlowDocument): string[] {
  const policies = [...Object.entries(graph.policies), ['defaults', graph.defaults] as const];
  return policies.flatMap(([name, { onError }]) => {
    if (typeof onError !== 'object' || lookUp(graph.nodes, onError.handler)?.kind === 'chunk') return [];
    return [`policy "${name}": there is no chunk "${onError.handler}" at the top level to handle errors`];
  });
}

/** Values that come back to where they were without a signal would go round for ever. */
export function cycleProblems(graph: Wires): string[] {
  const problems = new Set<string>();
  const open = new Set<string>();
  const done = new Set<string>();
  // Not by recursion: a chain may be longer than the call stack.
  const trail: { readonly key: string; readonly next: Iterator<string> }[] = [];
  const enter = (key: string) => {
    open.add(key);
    trail.push({ key, next: followers(graph, key).values() });
  };
  for (const id of Object.keys(graph.nodes)) {
    if (!done.has(`node ${id}`)) enter(`node ${id}`);
    for (let last = trail.at(-1); last; last = trail.at(-1)) {
      const { value: key, done: isOver } = last.next.next();
      if (isOver) {
        trail.pop();
        open.delete(last.key);
        done.add(last.key);
      } else if (open.has(key)) {
        problems.add(`The ${key} would follow itself. Make a loop with a signal: emitNowait and when.`);
      } else if (!done.has(key)) enter(key);
    }
  }
  return [...problems];
}

/** What a value reaches next; operators go on both into their bodies and, by exits, behind them. */
function followers(graph: Wires, key: string): string[] {
  const [kind = '', ...rest] = key.split(' ');
  const id = rest.join(' ');
  const out = kind === 'collect' ? lookUp(graph.collections ?? {}, id)?.out : lookUp(graph.nodes, id)?.out;
  const targets = kind === 'node' ? [...inside(graph, id), ...passing(graph, id)] : (out ?? []);
  return targets.flatMap((target) => {
    if ('node' in target) return [`node ${target.node}`];
    if ('exit' in target) return [`exit ${target.exit}`];
    return 'collect' in target ? [`collect ${target.collect}`] : [];
  });
}

/** Bodies leave an operator by exits, so only what has none goes on by itself. */
function passing(graph: Wires, id: NodeId): readonly Target[] {
  const node = lookUp(graph.nodes, id);
  const isOperator = node?.kind === 'batch' || node?.kind === 'forEach';
  return isOperator ? [{ exit: id, branch: '' }] : (node?.out ?? []);
}

function lookUp<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

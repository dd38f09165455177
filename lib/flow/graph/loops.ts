/** Rejects cycles of targets. A value in such a cycle would circulate for ever; loops must go through a signal. */
import { type DocumentNode, nodeRow } from '../operators/table.ts';
import type { NodeId, Target } from '../wiring/targets.ts';
import { type Collection, lookUp } from './graph.ts';

interface Wires {
  readonly nodes: Readonly<Record<NodeId, DocumentNode>>;
  readonly collections?: Readonly<Record<string, Collection>>;
}

export function cycleProblems(graph: Wires): string[] {
  const problems = new Set<string>();
  const open = new Set<string>();
  const done = new Set<string>();
  // Iterative, because a chain may be longer than the call stack.
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
        problems.add(`The ${key} would follow itself, an endless loop. Loop through a signal: emitNowait and when.`);
      } else if (!done.has(key)) enter(key);
    }
  }
  return [...problems];
}

/** The keys a value reaches next. From an operator these are its bodies, and what follows it. */
function followers(graph: Wires, key: string): string[] {
  const [kind = '', ...rest] = key.split(' ');
  const id = rest.join(' ');
  const node = lookUp(graph.nodes, id);
  const out = kind === 'collect' ? lookUp(graph.collections ?? {}, id)?.out : node?.out;
  const targets = kind === 'node' && node ? targetsOf(id, node) : (out ?? []);
  return targets.flatMap((target) => {
    if ('node' in target) return [`node ${target.node}`];
    if ('exit' in target) return [`exit ${target.exit}`];
    return 'collect' in target ? [`collect ${target.collect}`] : [];
  });
}

/** An operator that waits for its bodies continues through an exit; any other node continues to its `out` itself. */
function targetsOf(id: NodeId, node: DocumentNode): readonly Target[] {
  const row = nodeRow(node);
  const inside = row.bodies?.(node).flatMap(({ to }) => to) ?? [];
  return [...inside, ...(row.waits ? [{ exit: id, branch: '' }] : node.out)];
}

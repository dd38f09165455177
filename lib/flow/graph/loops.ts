/** Values that come back to where they were without a signal would go round for ever. */
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
  const node = lookUp(graph.nodes, id);
  const out = kind === 'collect' ? lookUp(graph.collections ?? {}, id)?.out : node?.out;
  const targets = kind === 'node' && node ? behind(id, node) : (out ?? []);
  return targets.flatMap((target) => {
    if ('node' in target) return [`node ${target.node}`];
    if ('exit' in target) return [`exit ${target.exit}`];
    return 'collect' in target ? [`collect ${target.collect}`] : [];
  });
}

/** Bodies leave an operator by exits, so only what has none goes on by itself. */
function behind(id: NodeId, node: DocumentNode): readonly Target[] {
  const row = nodeRow(node);
  const inside = row.bodies?.(node).flatMap(({ to }) => to) ?? [];
  return [...inside, ...(row.waits ? [{ exit: id, branch: '' }] : node.out)];
}

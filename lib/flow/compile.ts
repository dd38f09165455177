/** Turns wiring into the graph: every point gets its positional id, every chain its targets. */
import { invalid } from './definition.ts';
import type { Predicate } from './flow.ts';
import type { Graph, GraphNode, MatchCase, NodeId, Target } from './graph.ts';
import type { Body, Operation, Point } from './wiring.ts';

/** The points where chains start. */
export interface Roots {
  readonly entry: Point;
  readonly signals: ReadonlyMap<string, Point>;
  readonly chunks: ReadonlyMap<string, Point>;
  readonly joins: ReadonlyMap<NodeId, JoinRoot>;
}

export interface Source {
  readonly kind: 'signal' | 'chunk';
  readonly name: string;
}

export interface JoinRoot {
  readonly sources: readonly Source[];
  readonly point: Point;
}

export type Wired = Pick<Graph, 'nodes' | 'entry' | 'on' | 'after'> & {
  readonly predicates: ReadonlyMap<string, Predicate>;
};

/** @throws FlowError `definition_invalid`: a chain waits for a chunk that is wired nowhere */
export function compile(roots: Roots): Wired {
  const compiler = new Compiler();
  const on: Record<string, Target[]> = {};
  const after: Record<string, Target[]> = {};
  const add = (kind: Source['kind'], name: string, targets: readonly Target[]) => {
    const lists = kind === 'signal' ? on : after;
    if (targets.length > 0) lists[name] = [...(lists[name] ?? []), ...targets];
  };
  const entry = compiler.chain(roots.entry, '');
  for (const [name, point] of roots.signals) add('signal', name, compiler.chain(point, `signal:${name}`));
  for (const [name, point] of roots.chunks) add('chunk', name, compiler.chain(point, `after:${name}`));
  for (const [id, { sources, point }] of roots.joins) {
    const out = compiler.chain(point, id);
    if (out.length === 0) continue;
    compiler.nodes[id] = { kind: 'join', slots: sources.map(({ name }) => name), out };
    for (const { kind, name } of sources) add(kind, name, [{ join: id, slot: name }]);
  }
  const wired = new Set(Object.values(compiler.nodes).map((node) => (node.kind === 'chunk' ? node.chunk : '')));
  const silent = Object.keys(after).find((name) => !wired.has(name));
  if (silent !== undefined)
    throw invalid(`A chain waits for chunk "${silent}", which is wired nowhere. Wire it with to() or batch().`);
  return { nodes: compiler.nodes, entry, on, after, predicates: compiler.predicates };
}

/** Where in the graph a chain stands: the prefix of its chunks, and how values leave. */
interface Place {
  readonly prefix: string;
  readonly tail?: Point;
  readonly exit?: Target;
}

class Compiler {
  readonly nodes: Record<NodeId, GraphNode> = {};
  readonly predicates = new Map<string, Predicate>();

  chain(point: Point, at: string): Target[] {
    return this.targets(point, at, { prefix: '' });
  }

  private targets(point: Point, at: string, place: Place): Target[] {
    const counts: Record<string, number> = {};
    const targets = point.steps.map(({ does, next }): Target => {
      if (does.kind === 'chunk') return this.chunk(does.chunk, next, place);
      const count = (counts[does.kind] ?? 0) + 1;
      counts[does.kind] = count;
      const id = `${at}>${does.kind}${count > 1 ? `#${count}` : ''}`;
      if (does.kind === 'batch') this.batch(id, does.chunks, next, place);
      else this.match(id, does, next, place);
      return { node: id };
    });
    return place.exit && place.tail === point ? [...targets, place.exit] : targets;
  }

  private chunk(chunk: string, next: Point, place: Place): Target {
    const id = place.prefix + chunk;
    if (!this.nodes[id]) {
      const out: Target[] = [];
      this.nodes[id] = { kind: 'chunk', chunk, out };
      out.push(...this.targets(next, id, place));
    }
    return { node: id };
  }

  private batch(id: NodeId, chunks: readonly string[], next: Point, place: Place): void {
    const branches = chunks.map((name) => ({ name, to: { node: `${id}/${name}` } }));
    const out: Target[] = [];
    this.nodes[id] = { kind: 'batch', branches, out };
    for (const { name, to } of branches) {
      this.nodes[to.node] = { kind: 'chunk', chunk: name, out: [{ exit: id, branch: name }] };
    }
    out.push(...this.targets(next, id, place));
  }

  private match(id: NodeId, does: Operation & { kind: 'match' }, next: Point, place: Place): void {
    const cases: MatchCase[] = [];
    const out: Target[] = [];
    const node = { kind: 'match' as const, cases, out };
    this.nodes[id] = node;
    does.cases.forEach(({ when, body }, i) => {
      const predicate = `${id}/${i}`;
      if ('predicate' in when) this.predicates.set(predicate, when.predicate);
      cases.push({ when: 'value' in when ? when : { predicate }, to: this.body(id, `${i}`, body) });
    });
    if (does.otherwise) this.nodes[id] = { ...node, otherwise: this.body(id, 'else', does.otherwise) };
    out.push(...this.targets(next, id, place));
  }

  private body(operator: NodeId, branch: string, body: Body): Target[] {
    const at = `${operator}/${branch}`;
    return this.targets(body.start, at, { prefix: `${at}/`, tail: body.tail, exit: { exit: operator, branch } });
  }
}

/** Turns wiring into the graph: every point gets its positional id, every chain its targets. */

import type { AnyFlow, Predicate, Tap } from '../authoring/flow.ts';
import { Collections } from '../operators/collections.ts';
import type { Match, Operation, SubFlow } from '../operators/operations.ts';
import { type Roots, rootId, type Source } from '../operators/roots.ts';
import type { Body, Level, Point } from '../operators/wiring.ts';
import { cycleProblems } from './check-graph.ts';
import { invalid } from './definition.ts';
import type { Graph, GraphNode, MatchCase, NodeId, Target } from './graph.ts';

export interface Wired {
  readonly graph: Pick<Graph, 'nodes' | 'entry' | 'on' | 'after' | 'onState' | 'onFlowData' | 'collections'>;
  readonly predicates: ReadonlyMap<string, Predicate>;
  readonly taps: ReadonlyMap<NodeId, Tap>;
  readonly children: ReadonlyMap<NodeId, AnyFlow>;
}

export interface Wiring {
  readonly entry: Point;
  readonly roots: Roots;
  readonly level: Level;
  /** Chunks that handle errors of others: nodes of the top level, wherever else they stand. */
  readonly handlers: readonly string[];
}

/** @throws FlowError `definition_invalid`: a chain waits for what nothing can produce, or a collection is wired wrongly */
export function compile({ entry: start, roots, level, handlers }: Wiring): Wired {
  const compiler = new Compiler();
  const lists: Record<Source['kind'], Record<string, Target[]>> = {
    signal: {},
    chunk: {},
    state: {},
    flowData: {},
    collect: {},
  };
  const listen = ({ kind, name }: Source, targets: readonly Target[]) => {
    const list = lists[kind][name] ?? [];
    if (targets.length > 0) lists[kind][name] = list;
    for (const target of targets) list.push(target);
  };
  const entry = compiler.chain(start, '');
  for (const kind of ['signal', 'chunk', 'state', 'flowData'] as const) {
    for (const [name, point] of roots.points[kind])
      listen({ kind, name }, compiler.chain(point, rootId({ kind, name })));
  }
  for (const [id, { mode, sources, point }] of roots.joins) {
    const out = compiler.chain(point, id);
    if (out.length === 0) continue;
    const slots = sources.map(({ name }) => name);
    compiler.nodes[id] = { kind: 'join', ...(mode === 'or' && { mode }), slots, out };
    for (const source of sources) listen(source, [{ join: id, slot: source.name }]);
  }
  for (const name of handlers) compiler.handler(name, level);
  const collections = compiler.collections.finish(level.collections, lists.collect, (name, point) =>
    compiler.chain(point, rootId({ kind: 'collect', name })),
  );
  const running = compiler.running();
  const silent = Object.keys(lists.chunk).find((name) => !running.has(name));
  if (silent !== undefined)
    throw invalid(`A chain waits for chunk "${silent}", which is wired nowhere. Wire it with to() or batch().`);
  const graph = {
    nodes: compiler.nodes,
    entry,
    on: lists.signal,
    after: lists.chunk,
    ...(Object.keys(lists.state).length > 0 && { onState: lists.state }),
    ...(Object.keys(lists.flowData).length > 0 && { onFlowData: lists.flowData }),
    ...(Object.keys(collections).length > 0 && { collections }),
  };
  const [cycle] = cycleProblems(graph);
  if (cycle !== undefined) throw invalid(cycle);
  return { graph, predicates: compiler.predicates, taps: compiler.taps, children: compiler.children };
}

/** Where in the graph a chain stands: the prefix of its chunks, and how values leave. */
interface Place {
  readonly prefix: string;
  readonly tail?: Point | undefined;
  readonly exit?: Target;
}

const TOP: Place = { prefix: '' };
/** Steps that are followed by recursion. */
const DEPTH = 500;

class Compiler {
  readonly nodes: Record<NodeId, GraphNode> = {};
  readonly predicates = new Map<string, Predicate>();
  readonly taps = new Map<NodeId, Tap>();
  readonly children = new Map<NodeId, AnyFlow>();
  readonly collections = new Collections();
  private readonly renamed = new Map<string, { readonly tap: Tap; readonly as: Tap }>();

  /** What is left of chains that are longer than the call stack should be. */
  private readonly rest: (() => void)[] = [];
  private depth = 0;

  chain(point: Point, at: string): Target[] {
    const targets = this.targets(point, at, TOP);
    this.finish();
    return targets;
  }

  handler(name: string, level: Level): void {
    this.chunk(name, level.chunks.get(name), TOP);
    this.finish();
  }

  private finish(): void {
    for (let go = this.rest.shift(); go; go = this.rest.shift()) go();
  }

  private goOn(go: () => void): void {
    if (this.depth >= DEPTH) {
      this.rest.push(go);
      return;
    }
    this.depth += 1;
    go();
    this.depth -= 1;
  }

  /** The chunks that are wired somewhere. */
  running(): ReadonlySet<string> {
    return new Set(Object.values(this.nodes).flatMap((node) => (node.kind === 'chunk' ? [node.chunk] : [])));
  }

  private targets(point: Point, at: string, place: Place): Target[] {
    const counts: Record<string, number> = {};
    const targets = Array.from(point.steps.values(), ({ does, next }): Target => {
      const side = 'side' in does && does.side ? { side: true as const } : {};
      if (does.kind === 'chunk') return { ...this.chunk(does.chunk, next, place), ...side };
      if (does.kind === 'collect') return this.collect(does, next, place);
      if (does.kind === 'end') return { end: true };
      const count = (counts[does.kind] ?? 0) + 1;
      counts[does.kind] = count;
      const id = `${at}>${does.kind}${count > 1 ? `#${count}` : ''}`;
      const out: Target[] = [];
      this.operator(id, does, out);
      out.push(...this.targets(next, id, place));
      return { node: id, ...side };
    });
    return place.exit && place.tail === point ? [...targets, place.exit] : targets;
  }

  private chunk(chunk: string, next: Point | undefined, place: Place): { readonly node: NodeId } {
    const id = place.prefix + chunk;
    if (!this.nodes[id]) {
      const out: Target[] = [];
      this.nodes[id] = { kind: 'chunk', chunk, out };
      if (next) this.goOn(() => out.push(...this.targets(next, id, place)));
    }
    return { node: id };
  }

  private collect({ name, branch, mode }: Operation & { kind: 'collect' }, next: Point, place: Place): Target {
    this.collections.add({ name, branch, mode, point: next }, () =>
      this.targets(next, `${place.prefix}collect:${name}`, place),
    );
    return { collect: name, branch };
  }

  private operator(id: NodeId, does: Exclude<Operation, { kind: 'chunk' | 'collect' | 'end' }>, out: Target[]): void {
    switch (does.kind) {
      case 'batch':
        return this.batch(id, does, out);
      case 'match':
        return this.match(id, does, out);
      case 'forEach': {
        const { body, kind, ...options } = does;
        const { concurrency, onItemError } = options;
        const collects = body.tail !== undefined;
        const node = { kind, collects, ...limit(concurrency), ...(onItemError && { onItemError }), out };
        this.nodes[id] = { ...node, body: this.body(id, 'item', body) };
        return;
      }
      case 'subFlow':
        return this.subFlow(id, does, out);
      case 'tap': {
        this.nodes[id] = { kind: 'tap', tap: id, out };
        const { tap, name } = does;
        this.taps.set(id, name === undefined ? tap : this.named(tap, name));
        return;
      }
      case 'interventionPoint':
        this.nodes[id] = { ...does, out };
    }
  }

  /** Code is exported by its function name, so a name of its own is one of a function of its own. */
  private named(tap: Tap, name: string): Tap {
    const known = this.renamed.get(name);
    if (known?.tap === tap) return known.as;
    const as = Object.defineProperty(tap.bind(undefined), 'name', { value: name });
    this.renamed.set(name, { tap, as });
    return as;
  }

  private batch(id: NodeId, { chunks, concurrency }: Operation & { kind: 'batch' }, out: Target[]): void {
    const branches = chunks.map((name) => ({ name, to: { node: `${id}/${name}` } }));
    this.nodes[id] = { kind: 'batch', branches, ...limit(concurrency), out };
    for (const { name, to } of branches) {
      this.nodes[to.node] = { kind: 'chunk', chunk: name, out: [{ exit: id, branch: name }] };
    }
  }

  private match(id: NodeId, does: Match, out: Target[]): void {
    const cases: MatchCase[] = [];
    const node = { kind: 'match' as const, ...(does.mode && { mode: does.mode }), cases, out };
    this.nodes[id] = node;
    does.cases.forEach(({ when, body }, i) => {
      const predicate = `${id}/${i}`;
      if ('predicate' in when) this.predicates.set(predicate, when.predicate);
      cases.push({ when: 'value' in when ? when : { predicate }, to: this.body(id, `${i}`, body) });
    });
    if (does.otherwise) this.nodes[id] = { ...node, otherwise: this.body(id, 'else', does.otherwise) };
  }

  private subFlow(id: NodeId, { child, capture, writeBack, concurrency }: SubFlow, out: Target[]): void {
    const bindings = { ...(capture && { capture }), ...(writeBack && { writeBack }) };
    this.nodes[id] = { kind: 'subFlow', graph: child.graph, ...bindings, ...limit(concurrency), out };
    this.children.set(id, child);
  }

  private body(operator: NodeId, branch: string, body: Body): Target[] {
    const at = `${operator}/${branch}`;
    return this.targets(body.start, at, { prefix: `${at}/`, tail: body.tail, exit: { exit: operator, branch } });
  }
}

function limit(concurrency: number | undefined): { readonly concurrency?: number } {
  return concurrency === undefined ? {} : { concurrency };
}

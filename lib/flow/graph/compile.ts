/** Compiles the wiring to the graph: each operator gets a positional id, each chain its targets. */

import type { AnyFlow, Predicate, Tap } from '../authoring/flow.ts';
import { invalid } from '../checks/definition.ts';
import { stepRow } from '../operators/table.ts';
import type { Site } from '../wiring/operator.ts';
import type { Body, Level, Point } from '../wiring/points.ts';
import { type Roots, rootId, type Source } from '../wiring/roots.ts';
import { Collections } from './collections.ts';
import { chunkNames, type Graph, type GraphNode, type NodeId, type Target } from './graph.ts';
import { cycleProblems } from './loops.ts';

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
  /** Names of the error handlers. Each becomes a node of the top level, even if it is wired only elsewhere. */
  readonly handlers: readonly string[];
}

/** @throws FlowError `definition_invalid` for a chain without a possible source, a cycle, or a wrong collection */
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
  const running = chunkNames(compiler);
  const silent = Object.keys(lists.chunk).find((name) => !running.has(name));
  if (silent !== undefined)
    throw invalid(`A chain waits for chunk "${silent}", but the chunk is not wired. Wire it with to() or batch().`);
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

/** The place of a chain in the graph: the id prefix of its chunks, and the exit of the body it is in. */
interface Place {
  readonly prefix: string;
  readonly tail?: Point | undefined;
  readonly exit?: Target;
}

const TOP: Place = { prefix: '' };
/** Deepest recursion over steps; longer chains are continued from a list. */
const DEPTH = 500;

class Compiler {
  readonly nodes: Record<NodeId, GraphNode> = {};
  readonly predicates = new Map<string, Predicate>();
  readonly taps = new Map<NodeId, Tap>();
  readonly children = new Map<NodeId, AnyFlow>();
  readonly collections = new Collections();
  private readonly renamed: Site['renamed'] = new Map();

  /** Continuations of chains longer than `DEPTH`. */
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

  private runOrDefer(go: () => void): void {
    if (this.depth >= DEPTH) {
      this.rest.push(go);
      return;
    }
    this.depth += 1;
    go();
    this.depth -= 1;
  }

  private targets(point: Point, at: string, place: Place): Target[] {
    const counts: Record<string, number> = {};
    const targets = Array.from(point.steps.values(), ({ does, next }): Target => {
      const target = stepRow(does).compile(does, this.site(next, at, place, counts));
      return 'side' in does && does.side && 'node' in target ? { ...target, side: true } : target;
    });
    return place.exit && place.tail === point ? [...targets, place.exit] : targets;
  }

  /** @param counts number of operators of each kind after the same point so far */
  private site(next: Point, at: string, place: Place, counts: Record<string, number>): Site {
    const { nodes, predicates, taps, children, renamed } = this;
    return {
      ...{ nodes, predicates, taps, children, renamed },
      chunk: (name) => this.chunk(name, next, place),
      collect: (name, branch, mode) => this.collect(name, branch, mode, next, place),
      body: (operator, branch, body) => this.body(operator, branch, body),
      operator: (kind, add) => {
        const count = (counts[kind] ?? 0) + 1;
        counts[kind] = count;
        const id = `${at}>${kind}${count > 1 ? `#${count}` : ''}`;
        const out: Target[] = [];
        add(id, out);
        out.push(...this.targets(next, id, place));
        return { node: id };
      },
    };
  }

  private chunk(chunk: string, next: Point | undefined, place: Place): { readonly node: NodeId } {
    const id = place.prefix + chunk;
    if (!this.nodes[id]) {
      const out: Target[] = [];
      this.nodes[id] = { kind: 'chunk', chunk, out };
      if (next) this.runOrDefer(() => out.push(...this.targets(next, id, place)));
    }
    return { node: id };
  }

  private collect(name: string, branch: string, mode: 'reset' | undefined, next: Point, place: Place): Target {
    this.collections.add({ name, branch, mode, point: next }, () =>
      this.targets(next, `${place.prefix}collect:${name}`, place),
    );
    return { collect: name, branch };
  }

  private body(operator: NodeId, branch: string, body: Body): Target[] {
    const at = `${operator}/${branch}`;
    return this.targets(body.start, at, { prefix: `${at}/`, tail: body.tail, exit: { exit: operator, branch } });
  }
}

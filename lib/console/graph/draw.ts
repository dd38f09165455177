/** Draws a flow's graph: operators become what a reader expects to see, each value's way becomes a line. */
import type { Graph, GraphNode, Target } from '../../flow/graph/graph.ts';
import type { Box, Drawing, Line } from './drawing.ts';

/** @param predicates names of predicate functions by position */
export function draw(graph: Graph, predicates: Readonly<Record<string, string>> = {}): Drawing {
  const boxes = new Map<string, Box>();
  const lines = new Map<string, Line>();
  new Sheet(graph, { boxes, lines, predicates, prefix: '' }).draw();
  return { boxes: [...boxes.values()], lines: [...lines.values()] };
}

interface Around {
  readonly boxes: Map<string, Box>;
  readonly lines: Map<string, Line>;
  readonly predicates: Readonly<Record<string, string>>;
  readonly prefix: string;
  readonly parent?: string;
}

interface Goal {
  readonly to: string;
  readonly slot?: string;
  readonly side?: boolean;
}

class Sheet {
  private readonly graph: Graph;
  private readonly around: Around;

  constructor(graph: Graph, around: Around) {
    this.graph = graph;
    this.around = around;
  }

  draw(): void {
    const { graph } = this;
    this.sources('signal', graph.on);
    this.sources('state', graph.onState ?? {});
    this.sources('shared data', graph.onFlowData ?? {});
    for (const [id, node] of Object.entries(graph.nodes)) if (!this.isInList(id)) this.box(id, node);
    for (const [name, { branches }] of Object.entries(graph.collections ?? {})) {
      this.add({ id: name, kind: 'join', name, slots: branches });
    }
    for (const [id, node] of Object.entries(graph.nodes)) if (!this.isInList(id)) this.leaving(id, node);
    for (const [name, { out }] of Object.entries(graph.collections ?? {})) this.lines(name, out);
  }

  private sources(what: string, named: Readonly<Record<string, readonly Target[]>>): void {
    for (const [name, targets] of Object.entries(named)) {
      if (targets.length === 0) continue;
      const id = `${what} ${name}`;
      this.add({ id, kind: 'source', name, note: what });
      this.lines(id, targets);
    }
  }

  private box(id: string, node: GraphNode): void {
    switch (node.kind) {
      case 'chunk':
        return this.add({ id, kind: 'chunk', name: node.chunk, ...tries(this.graph, node.chunk) });
      case 'batch':
        return this.add({ id, kind: 'gather', name: 'all', slots: node.branches.map(({ name }) => name) });
      case 'match': {
        this.add({ id, kind: 'choice', name: this.question(node) });
        if (node.mode !== 'all') return;
        const slots = [...node.cases.keys()].map(String);
        return this.add({ id: `${id} all`, kind: 'gather', name: 'all that apply', slots });
      }
      case 'join': {
        const isAny = node.mode === 'or';
        return this.add({ id, kind: isAny ? 'small' : 'join', name: isAny ? 'any of' : 'join', slots: node.slots });
      }
      case 'forEach': {
        const inside = Object.keys(this.graph.nodes).filter((each) => each.startsWith(`${id}/`));
        const steps = inside.flatMap((each) => stepName(this.graph.nodes[each]));
        const limit = node.concurrency === undefined ? {} : { note: `${node.concurrency} at once` };
        return this.add({ id, kind: 'list', name: steps.join(' → ') || 'each item', steps, inside, ...limit });
      }
      case 'subFlow': {
        this.add({ id, kind: 'frame', name: node.graph.flow, note: 'sub-flow' });
        const frame = this.around.prefix + id;
        new Sheet(node.graph, { ...this.around, prefix: `${frame}|`, parent: frame, predicates: {} }).draw();
        return;
      }
      case 'tap':
        return this.add({ id, kind: 'small', name: 'tap' });
      case 'interventionPoint':
        return this.add({ id, kind: 'small', name: 'intervention point' });
    }
  }

  private leaving(id: string, node: GraphNode): void {
    if (node.kind === 'chunk') {
      this.lines(id, node.out);
      this.lines(id, this.graph.after[node.chunk] ?? []);
      const onError = this.graph.policies[node.chunk]?.onError;
      if (typeof onError === 'object') this.line(id, { to: onError.handler }, { kind: 'error', label: 'on error' });
      return;
    }
    if (node.kind === 'match') return this.cases(id, node);
    this.lines(id, node.out);
  }

  private cases(id: string, node: Extract<GraphNode, { kind: 'match' }>): void {
    const isSingle = node.cases.length === 1;
    for (const [i, { when, to }] of node.cases.entries()) {
      const named = 'predicate' in when ? this.around.predicates[when.predicate] : JSON.stringify(when.value);
      this.lines(id, to, isSingle && 'predicate' in when ? 'yes' : (named ?? `case ${i + 1}`));
    }
    const otherwise = isSingle && 'predicate' in (node.cases[0]?.when ?? {}) ? 'no' : 'else';
    if (node.otherwise) this.lines(id, node.otherwise, otherwise);
    else if (node.mode !== 'all') this.lines(id, node.out, otherwise);
    if (node.mode === 'all') this.lines(`${id} all`, node.out);
  }

  private lines(from: string, targets: readonly Target[], label?: string): void {
    for (const target of targets) {
      for (const goal of this.goals(target)) {
        this.line(from, goal, { kind: goal.side ? 'side' : 'main', ...(label === undefined ? {} : { label }) });
      }
    }
  }

  /** The boxes that a target means: a batch means its branches, an exit means what follows the operator. */
  private goals(target: Target): readonly Goal[] {
    if ('node' in target) {
      const node = this.graph.nodes[target.node];
      const side = target.side ? { side: true } : {};
      if (node?.kind === 'batch')
        return node.branches.flatMap(({ to }) => this.goals(to).map((goal) => ({ ...goal, ...side })));
      return [{ to: target.node, ...side }];
    }
    if ('exit' in target) {
      const node = this.graph.nodes[target.exit];
      if (node?.kind === 'batch') return [{ to: target.exit, slot: target.branch }];
      if (node?.kind === 'match' && node.mode === 'all') return [{ to: `${target.exit} all`, slot: target.branch }];
      return node?.kind === 'match' ? node.out.flatMap((each) => this.goals(each)) : [];
    }
    if ('join' in target) return [{ to: target.join, slot: target.slot }];
    if ('collect' in target) return [{ to: target.collect, slot: target.branch }];
    this.add({ id: 'end', kind: 'end', name: 'result' });
    return [{ to: 'end' }];
  }

  private line(from: string, { to, slot }: Goal, more: { readonly kind: Line['kind']; readonly label?: string }): void {
    const { prefix, lines } = this.around;
    const id = `${prefix}${from} > ${to}${slot === undefined ? '' : ` ${slot}`}`;
    if (lines.has(id)) return;
    lines.set(id, { id, from: prefix + from, to: prefix + to, ...(slot === undefined ? {} : { slot }), ...more });
  }

  private add(box: Box): void {
    const { prefix, parent, boxes } = this.around;
    const id = prefix + box.id;
    if (!boxes.has(id)) boxes.set(id, { ...box, id, ...(parent === undefined ? {} : { parent }) });
  }

  private question({ cases }: Extract<GraphNode, { kind: 'match' }>): string {
    const [first] = cases;
    const named = first && 'predicate' in first.when ? this.around.predicates[first.when.predicate] : undefined;
    if (cases.length === 1 && named !== undefined) return named;
    return first && 'value' in first.when ? 'value' : 'choice';
  }

  private isInList(id: string): boolean {
    for (let at = id.lastIndexOf('/'); at > 0; at = id.lastIndexOf('/', at - 1)) {
      if (this.graph.nodes[id.slice(0, at)]?.kind === 'forEach') return true;
    }
    return false;
  }
}

function stepName(node: GraphNode | undefined): readonly string[] {
  if (node?.kind === 'chunk') return [node.chunk];
  return node?.kind === 'subFlow' ? [node.graph.flow] : [];
}

function tries(graph: Graph, chunk: string): { readonly note?: string } {
  const most = graph.policies[chunk]?.retry?.maxAttempts ?? graph.defaults.retry?.maxAttempts;
  return most === undefined ? {} : { note: `${most} ${most === 1 ? 'try' : 'tries'}` };
}

/** Draws a flow as a Mermaid flowchart. */

import type { AnyFlow } from '../authoring/flow.ts';
import type { Graph, GraphNode, NodeId, Target } from '../graph/graph.ts';
import { nodeRow } from '../operators/table.ts';
import type { Box } from '../wiring/operator.ts';
import { Drawing } from './drawing.ts';

export interface MermaidOptions {
  /** `simplified` (default): one box per chunk, source and operator. `detailed`: bodies, joins and sub-flows too. */
  readonly mode?: 'simplified' | 'detailed';
}

/** Draws a flow as the text of a Mermaid `flowchart TD`. Equal graphs give equal texts. */
export function toMermaid(flow: Pick<AnyFlow, 'graph'>, { mode = 'simplified' }: MermaidOptions = {}): string {
  const drawing = new Drawing();
  new Chart(flow.graph, drawing, mode === 'detailed').draw();
  return drawing.text();
}

const SHAPES = {
  source: ['([', '])'],
  chunk: ['[', ']'],
  decision: ['{', '}'],
  operator: ['[/', '/]'],
  gate: ['{{', '}}'],
  subFlow: ['[[', ']]'],
  end: ['(((', ')))'],
} as const satisfies Record<Box | 'source' | 'end', readonly [string, string]>;

class Chart {
  private readonly graph: Graph;
  private readonly drawing: Drawing;
  private readonly detailed: boolean;
  /** Sorted, so that an operator precedes the nodes of its bodies: their ids begin with its id. */
  private readonly ids: readonly NodeId[];

  constructor(graph: Graph, drawing: Drawing, detailed: boolean) {
    this.graph = graph;
    this.drawing = drawing;
    this.detailed = detailed;
    this.ids = Object.keys(graph.nodes).sort();
  }

  draw(): void {
    const { graph } = this;
    this.nodesIn(undefined);
    for (const [name, collection] of sorted(graph.collections ?? {})) {
      this.box(`collect ${name}`, `collect ${name}`, SHAPES.gate);
      this.edges(`collect ${name}`, collection.out);
    }
    this.source('start', graph.entry);
    for (const [name, targets] of sorted(graph.on)) this.source(name, targets);
    for (const [name, targets] of sorted(graph.onState ?? {})) this.source(`state ${name}`, targets);
    for (const [name, targets] of sorted(graph.onFlowData ?? {})) this.source(`flowData ${name}`, targets);
    for (const [name, targets] of sorted(graph.after)) this.after(name, targets);
    for (const id of this.ids) this.leaving(id);
    this.handlers();
  }

  private nodesIn(operator: NodeId | undefined): void {
    for (const id of this.ids) {
      const node = this.graph.nodes[id];
      if (!node || this.operatorOf(id) !== operator) continue;
      const { bodies, child } = nodeRow(node);
      if (this.detailed && (bodies || child)) this.group(id, node);
      else this.node(id, node);
    }
  }

  private group(id: NodeId, node: GraphNode): void {
    const { child, drawing } = nodeRow(node);
    this.drawing.open(drawing.label(node, this.detailed));
    this.node(id, node);
    if (child) new Chart(child.graphOf(node), this.drawing.within(id), true).draw();
    else this.nodesIn(id);
    this.drawing.close();
  }

  private node(id: NodeId, node: GraphNode): void {
    const { drawing } = nodeRow(node);
    this.box(`node ${id}`, drawing.label(node, this.detailed), SHAPES[drawing.box]);
  }

  private box(key: string, label: string, shape: readonly [string, string]): void {
    this.drawing.box(key, label, shape);
  }

  private source(label: string, targets: readonly Target[]): void {
    if (targets.length === 0) return;
    this.box(`source ${label}`, label, SHAPES.source);
    this.edges(`source ${label}`, targets);
  }

  /** Draws edges from every node that runs the chunk, because each of its completions starts the chain. */
  private after(name: string, targets: readonly Target[]): void {
    for (const id of this.ids) {
      const node = this.graph.nodes[id];
      if (node?.kind === 'chunk' && node.chunk === name) this.edges(this.keyOf(id), targets, name, '-.->');
    }
  }

  private leaving(id: NodeId): void {
    const node = this.graph.nodes[id];
    if (!node) return;
    const from = this.keyOf(id);
    // In a simplified chart the operator's box replaces its bodies, so edges out of the bodies start at that box.
    const bodies = nodeRow(node).bodies?.(node) ?? [];
    for (const { to, label } of bodies) this.edges(from, to, this.detailed ? label : '');
    this.edges(from, node.out);
  }

  /** @param label text on the edges; by default it comes from the target */
  private edges(from: string, targets: readonly Target[], label = '', arrow = '-->'): void {
    // Sorted, because the order of targets has no meaning and equal flows must give equal texts.
    for (const target of targets.toSorted(byText)) {
      if ('exit' in target) {
        const operator = this.keyOf(target.exit);
        const done = this.detailed ? `${target.branch} done` : '';
        if (from !== operator) this.drawing.edge(from, operator, label || done, '-.->');
        continue;
      }
      const [to, slot] = this.goal(target);
      const kind = 'side' in target && target.side ? '-.->' : arrow;
      if (to !== from) this.drawing.edge(from, to, label || slot || (kind === '-.->' ? 'side' : ''), kind);
    }
  }

  private goal(target: Exclude<Target, { exit: NodeId }>): readonly [key: string, label: string] {
    if ('node' in target) return [this.keyOf(target.node), ''];
    if ('join' in target) return [`node ${target.join}`, target.slot];
    if ('collect' in target) return [`collect ${target.collect}`, target.branch];
    this.box('end', 'result', SHAPES.end);
    return ['end', ''];
  }

  private handlers(): void {
    for (const id of this.ids) {
      const node = this.graph.nodes[id];
      const onError = node?.kind === 'chunk' && this.graph.policies[node.chunk]?.onError;
      if (typeof onError === 'object') this.drawing.edge(this.keyOf(id), `node ${onError.handler}`, 'error', '-.->');
    }
  }

  /** Key of the box that shows a node: its own, or that of the outermost operator around it if bodies are not drawn. */
  private keyOf(id: NodeId): string {
    if (this.detailed) return `node ${id}`;
    let outer = id;
    for (let at = this.operatorOf(id); at !== undefined; at = this.operatorOf(at)) outer = at;
    return `node ${outer}`;
  }

  /** The innermost operator whose body contains a node. */
  private operatorOf(id: NodeId): NodeId | undefined {
    for (let at = id.lastIndexOf('/'); at > 0; at = id.lastIndexOf('/', at - 1)) {
      const around = id.slice(0, at);
      if (this.graph.nodes[around]) return around;
    }
    return undefined;
  }
}

function sorted<T>(record: Readonly<Record<string, T>>): [string, T][] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

function byText(a: Target, b: Target): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}

/** Places of boxes and lines. They are computed once per version of a flow and kept in the browser. */
import type { ELK, ElkExtendedEdge, ElkNode } from 'elkjs/lib/elk-api.js';
import type { Box, Drawing, Line } from './drawing.ts';
import { type Size, sizeOf } from './sizes.ts';

export interface Place extends Size {
  readonly x: number;
  readonly y: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Layout extends Size {
  readonly boxes: Readonly<Record<string, Place>>;
  readonly lines: Readonly<Record<string, readonly Point[]>>;
}

const OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'RIGHT',
  'elk.hierarchyHandling': 'SEPARATE_CHILDREN',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.layered.spacing.nodeNodeBetweenLayers': '30',
  'elk.layered.spacing.edgeNodeBetweenLayers': '14',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '10',
  'elk.spacing.nodeNode': '20',
  'elk.spacing.edgeNode': '14',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.layering.strategy': 'LONGEST_PATH_SOURCE',
  'elk.padding': '[top=16,left=14,bottom=16,right=14]',
  'elk.layered.mergeEdges': 'true',
};
const FRAME = {
  ...OPTIONS,
  'elk.layered.spacing.nodeNodeBetweenLayers': '24',
  'elk.padding': '[top=38,left=12,bottom=12,right=12]',
};

/** Changes when boxes or options change, so that kept layouts of before are not used. */
const VERSION = 3;
const KEPT = 40;

export async function layOut(drawing: Drawing, fingerprint: string, load: () => Promise<ELK>): Promise<Layout> {
  const key = `layout ${VERSION} ${fingerprint}`;
  const kept = localStorage.getItem(key);
  if (kept !== null) return JSON.parse(kept) as Layout;
  const elk = await load();
  const layout = placed(await elk.layout(toElk(drawing)));
  keep(key, layout);
  return layout;
}

function keep(key: string, layout: Layout): void {
  const old = Object.keys(localStorage).filter((each) => each.startsWith('layout '));
  for (const each of old.slice(0, Math.max(0, old.length - KEPT))) localStorage.removeItem(each);
  try {
    localStorage.setItem(key, JSON.stringify(layout));
  } catch {
    // The storage is full: the layout is computed again next time.
  }
}

export function toElk({ boxes, lines }: Drawing): ElkNode {
  return { id: 'flow', layoutOptions: OPTIONS, ...inside(undefined, boxes, lines) };
}

function inside(parent: string | undefined, boxes: readonly Box[], lines: readonly Line[]) {
  const own = boxes.filter((box) => box.parent === parent);
  const ids = new Set(own.map(({ id }) => id));
  const edges: ElkExtendedEdge[] = lines
    .filter(({ from, to }) => ids.has(from) && ids.has(to))
    .map(({ id, from, to, slot }) => {
      const [source, target] = [from, to].map((end) => own.find((box) => box.id === end));
      const hasPort = target?.kind === 'join' && slot !== undefined && target.slots?.includes(slot);
      const start = source?.kind === 'join' ? outOf(from) : from;
      return { id, sources: [start], targets: [hasPort ? portOf(to, slot) : to] };
    });
  return { children: own.map((box) => elkNode(box, boxes, lines)), edges };
}

function portOf(box: string, slot: string): string {
  return `${box} slot ${slot}`;
}

function outOf(box: string): string {
  return `${box} out`;
}

function elkNode(box: Box, boxes: readonly Box[], lines: readonly Line[]): ElkNode {
  const size = sizeOf(box);
  if (box.kind === 'frame') {
    const parts = inside(box.id, boxes, lines);
    const least = `(${Math.round(9 * box.name.length + 116)},${size.height})`;
    const minimum = { 'elk.nodeSize.constraints': 'MINIMUM_SIZE', 'elk.nodeSize.minimum': least };
    return { id: box.id, layoutOptions: { ...FRAME, ...minimum }, ...parts };
  }
  if (box.kind !== 'join') return { id: box.id, ...size };
  const port = (id: string, side: string, x: number, y: number) => ({
    ...{ id, x, y, width: 1, height: 1 },
    layoutOptions: { 'elk.port.side': side },
  });
  return {
    id: box.id,
    ...size,
    layoutOptions: { 'elk.portConstraints': 'FIXED_POS' },
    ports: [
      ...(box.slots ?? []).map((slot, i) => port(portOf(box.id, slot), 'WEST', 0, 65 + 18 * i)),
      port(outOf(box.id), 'EAST', size.width, size.height / 2),
    ],
  };
}

export function placed(root: ElkNode): Layout {
  const boxes: Record<string, Place> = {};
  const lines: Record<string, Point[]> = {};
  const visit = (node: ElkNode, left: number, top: number) => {
    for (const { id, sections = [] } of (node.edges ?? []) as ElkExtendedEdge[]) {
      const points = sections.flatMap(({ startPoint, bendPoints = [], endPoint }) => [
        startPoint,
        ...bendPoints,
        endPoint,
      ]);
      lines[id] = points.map(({ x, y }) => ({ x: left + x, y: top + y }));
    }
    for (const { x = 0, y = 0, width = 0, height = 0, ...child } of node.children ?? []) {
      boxes[child.id] = { x: left + x, y: top + y, width, height };
      visit(child as ElkNode, left + x, top + y);
    }
  };
  visit(root, 0, 0);
  return { boxes, lines, width: root.width ?? 0, height: root.height ?? 0 };
}

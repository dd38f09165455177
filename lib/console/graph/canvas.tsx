/** The graph on a canvas that can be moved and zoomed. Live updates change data of boxes and lines, never places. */
import { MiniMap, ReactFlow, ReactFlowProvider, useReactFlow } from '@xyflow/react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { LineState } from '../live/line-state.ts';
import type { NodeLive } from '../live/node-state.ts';
import { Icon } from '../parts/icons.tsx';
import { lookOf } from '../parts/state.ts';
import { type BoxNode, BoxView } from './boxes.tsx';
import type { Drawing } from './drawing.ts';
import { loadElk } from './elk.ts';
import { type Layout, layOut } from './layout.ts';
import { type LineEdge, LineView } from './line.tsx';
import { neighbour } from './walk.ts';

const NODE_TYPES = { box: BoxView };
const EDGE_TYPES = { line: LineView };
const NO_STATES: ReadonlyMap<string, NodeLive> = new Map();
const NO_LINES: ReadonlyMap<string, LineState> = new Map();
/** A larger graph has a map of itself. */
const MAP_FROM = 12;

export interface CanvasProps {
  readonly drawing: Drawing;
  readonly fingerprint: string;
  readonly label: string;
  readonly states?: ReadonlyMap<string, NodeLive>;
  readonly lines?: ReadonlyMap<string, LineState>;
  readonly picked?: string | undefined;
  readonly onPick?: (box: string | undefined) => void;
  readonly height: number;
}

export default function Canvas(props: CanvasProps) {
  return (
    <ReactFlowProvider>
      <Inner {...props} />
    </ReactFlowProvider>
  );
}

function Inner(props: CanvasProps) {
  const { drawing, fingerprint, label, states = NO_STATES, lines = NO_LINES, picked, onPick, height } = props;
  const layout = useLayout(drawing, fingerprint);
  const { fitView, zoomIn, zoomOut } = useReactFlow();
  const nodes = useNodes(drawing, layout, states, picked);
  const edges = useEdges(drawing, layout, lines);
  const fit = useCallback(() => void fitView({ padding: 0.06, maxZoom: 1.1 }), [fitView]);
  const walk = useCallback(
    (event: React.KeyboardEvent) => {
      if (event.key === '+') void zoomIn();
      else if (event.key === '-') void zoomOut();
      else if (event.key === '0') fit();
      else if (event.key.startsWith('Arrow') && layout) {
        event.preventDefault();
        onPick?.(neighbour(event.key, picked, drawing, layout));
      }
    },
    [zoomIn, zoomOut, fit, onPick, picked, drawing, layout],
  );
  const measured = useRef<HTMLDivElement>(null);
  const [tall, setTall] = useState(height);
  useRefit(measured, fit);
  useEffect(() => {
    if (!layout) return;
    const width = measured.current?.clientWidth ?? 1_200;
    const scale = Math.min(1.1, Math.max(0.6, width / (layout.width + 20)));
    setTall(Math.round(Math.min(640, Math.max(220, layout.height * scale + 40))));
  }, [layout]);
  return (
    <div
      ref={measured}
      className="canvas g"
      style={{ height: tall }}
      role="application"
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys walk along the lines of the graph
      tabIndex={0}
      onKeyDown={walk}
    >
      {!layout && <p className="drawing">The graph is being drawn…</p>}
      {layout && (
        <ReactFlow
          key={tall}
          nodes={nodes}
          edges={edges}
          nodeTypes={NODE_TYPES}
          edgeTypes={EDGE_TYPES}
          fitView
          fitViewOptions={{ padding: 0.06, maxZoom: 1.1, minZoom: 0.6 }}
          minZoom={0.15}
          maxZoom={2}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={onPick !== undefined}
          disableKeyboardA11y
          zoomOnScroll={false}
          preventScrolling={false}
          proOptions={{ hideAttribution: true }}
          onNodeClick={(_, node) => onPick?.(node.id)}
          onPaneClick={() => onPick?.(undefined)}
        >
          {drawing.boxes.length >= MAP_FROM && (
            <MiniMap pannable zoomable ariaLabel="Map of the graph" nodeColor={colourOf} nodeBorderRadius={8} />
          )}
        </ReactFlow>
      )}
      <div className="tools">
        <div className="grp">
          <button type="button" className="btn icon" aria-label="Zoom out" onClick={() => void zoomOut()}>
            <Icon name="minus" />
          </button>
          <button type="button" className="btn icon" aria-label="Zoom in" onClick={() => void zoomIn()}>
            <Icon name="plus" />
          </button>
          <button type="button" className="btn icon" aria-label="Show all" onClick={fit}>
            <Icon name="fit" />
          </button>
        </div>
      </div>
    </div>
  );
}

/** A panel that opens or closes leaves another width: everything is shown again. */
function useRefit(ref: React.RefObject<HTMLDivElement | null>, fit: () => void): void {
  useEffect(() => {
    const element = ref.current;
    if (!element) return undefined;
    let width = element.clientWidth;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth === width) return;
      width = element.clientWidth;
      fit();
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref, fit]);
}

function colourOf(node: BoxNode): string {
  const state = node.data.live?.state;
  if (state === undefined || state === 'later' || state === 'skipped') return 'var(--line)';
  return `var(--${lookOf(state).tone})`;
}

function useLayout(drawing: Drawing, fingerprint: string): Layout | undefined {
  const [layout, setLayout] = useState<{ readonly of: Drawing; readonly layout: Layout }>();
  useEffect(() => {
    let current = true;
    layOut(drawing, fingerprint, loadElk).then(
      (found) => current && setLayout({ of: drawing, layout: found }),
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [drawing, fingerprint]);
  return layout?.of === drawing ? layout.layout : undefined;
}

/** Nodes keep their identity while nothing about them changes, so that only changed ones are drawn again. */
function useNodes(
  drawing: Drawing,
  layout: Layout | undefined,
  states: ReadonlyMap<string, NodeLive>,
  picked: string | undefined,
): BoxNode[] {
  const kept = useRef(new Map<string, { readonly text: string; readonly node: BoxNode }>());
  return useMemo(() => {
    if (!layout) return [];
    return drawing.boxes.map((box) => {
      const { x = 0, y = 0, width = 0, height = 0 } = layout.boxes[box.id] ?? {};
      const live = states.get(box.id);
      const selected = picked === box.id;
      const text = JSON.stringify([x, y, live, selected]);
      const before = kept.current.get(box.id);
      if (before?.text === text) return before.node;
      const zIndex = box.kind === 'frame' ? -1 : 1;
      const node: BoxNode = {
        ...{ id: box.id, type: 'box', position: { x, y }, width, height, zIndex, selected },
        ariaLabel: `${box.name}${live ? `: ${lookOf(live.state).word}` : ''}`,
        data: { box, live },
      };
      kept.current.set(box.id, { text, node });
      return node;
    });
  }, [drawing, layout, states, picked]);
}

function useEdges({ lines }: Drawing, layout: Layout | undefined, states: ReadonlyMap<string, LineState>): LineEdge[] {
  const kept = useRef(new Map<string, LineEdge>());
  return useMemo(() => {
    if (!layout) return [];
    return lines.map((line) => {
      const state = states.get(line.id);
      const points = layout.lines[line.id] ?? [];
      const before = kept.current.get(line.id);
      if (before?.data?.points === points && before.data.state === state) return before;
      const edge: LineEdge = {
        ...{ id: line.id, type: 'line', source: line.from, target: line.to, zIndex: 0 },
        data: { line, points, state },
      };
      kept.current.set(line.id, edge);
      return edge;
    });
  }, [lines, layout, states]);
}

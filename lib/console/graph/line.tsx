import type { Edge, EdgeProps } from '@xyflow/react';
import { memo } from 'react';
import type { LineState } from '../live/line-state.ts';
import type { Line } from './drawing.ts';
import type { Point } from './layout.ts';
import { pathOf } from './path.ts';

export type LineEdge = Edge<
  { readonly line: Line; readonly points: readonly Point[]; readonly state?: LineState | undefined },
  'line'
>;

export const LineView = memo(function LineView({ data }: EdgeProps<LineEdge>) {
  if (!data) return null;
  const { line, points, state = 'off' } = data;
  const last = points.at(-1);
  const quiet = line.kind !== 'main' && state === 'off' ? 'no' : state;
  return (
    <g data-line={line.id} data-state={state}>
      <path className={`edge ${quiet}`} d={pathOf(points)} />
      {line.label !== undefined && last && (
        <text className="lbl" x={last.x - 8} y={last.y - 7} textAnchor="end">
          {line.label.length > 18 ? `${line.label.slice(0, 17)}…` : line.label}
        </text>
      )}
    </g>
  );
});

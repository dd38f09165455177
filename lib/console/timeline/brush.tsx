import { useRef, useState } from 'react';
import type { Window } from './busy.ts';
import { densityOf, STRIPS, shapesOf } from './density.ts';
import type { Row } from './rows.ts';
import type { Scale } from './scale.ts';

export interface BrushProps {
  readonly rows: readonly Row[];
  readonly scale: Scale;
  readonly zoom: Window | undefined;
  readonly onZoom: (window: Window | undefined) => void;
}

/** All attempts at a glance. Dragging over it zooms the rows below. */
export function Brush({ rows, scale, zoom, onZoom }: BrushProps) {
  const ref = useRef<HTMLDivElement>(null);
  const [drag, setDrag] = useState<{ readonly from: number; readonly to: number }>();
  const strips = densityOf(rows, scale);
  const work = shapesOf(
    strips.map(({ done, failed }) => ({ done: done + failed, failed: 0 })),
    18,
  );
  const bad = strips.map(({ failed }, i) => (failed > 0 ? `M${i + 0.1} 16h0.8v3h-0.8Z` : '')).join('');
  const part = (event: React.PointerEvent) => {
    const box = ref.current?.getBoundingClientRect();
    return box ? Math.min(1, Math.max(0, (event.clientX - box.left) / box.width)) : 0;
  };
  const shown = drag ?? (zoom && { from: scale.place(zoom.from), to: scale.place(zoom.to) });
  const [left, right] = shown ? [Math.min(shown.from, shown.to), Math.max(shown.from, shown.to)] : [0, 1];
  return (
    <div
      ref={ref}
      className="brush"
      title="Drag to zoom"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ from: part(event), to: part(event) });
      }}
      onPointerMove={(event) => drag && setDrag({ ...drag, to: part(event) })}
      onPointerUp={() => {
        if (drag) onZoom(right - left < 0.01 ? undefined : { from: timeAt(scale, left), to: timeAt(scale, right) });
        setDrag(undefined);
      }}
    >
      <svg viewBox={`0 0 ${STRIPS} 20`} preserveAspectRatio="none" aria-hidden="true">
        <path className="work" d={work.done} />
        <path className="bad" d={bad} />
      </svg>
      <i className="win" style={{ left: `${100 * left}%`, width: `${100 * (right - left)}%` }} />
    </div>
  );
}

/** The time at a place: the inverse of the scale, which grows with time. */
function timeAt(scale: Scale, place: number): number {
  let [low, high] = [scale.from, scale.to];
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2;
    if (scale.place(middle) < place) low = middle;
    else high = middle;
  }
  return low;
}

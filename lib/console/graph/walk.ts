import type { Drawing } from './drawing.ts';
import type { Layout, Place } from './layout.ts';

/** The box that an arrow key leads to: left and right along lines, up and down to the nearest beside it. */
export function neighbour(key: string, from: string | undefined, drawing: Drawing, layout: Layout): string | undefined {
  const { boxes, lines } = drawing;
  const start = from === undefined ? undefined : layout.boxes[from];
  if (from === undefined || !start) return boxes[0]?.id;
  if (key === 'ArrowRight') return lines.find((line) => line.from === from)?.to ?? from;
  if (key === 'ArrowLeft') return lines.find((line) => line.to === from)?.from ?? from;
  const sign = key === 'ArrowUp' ? -1 : 1;
  const beside = boxes
    .map(({ id }) => ({ id, place: layout.boxes[id] }))
    .filter((each): each is { id: string; place: Place } => each.place !== undefined)
    .filter(({ id, place }) => id !== from && sign * (middle(place).y - middle(start).y) > 4)
    .map(({ id, place }) => ({ id, far: distance(middle(place), middle(start)) }))
    .toSorted((a, b) => a.far - b.far);
  return beside[0]?.id ?? from;
}

function middle({ x, y, width, height }: Place) {
  return { x: x + width / 2, y: y + height / 2 };
}

function distance(one: { x: number; y: number }, other: { x: number; y: number }): number {
  return Math.hypot(2 * (one.x - other.x), one.y - other.y);
}

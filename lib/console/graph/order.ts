import type { Box, Drawing } from './drawing.ts';

/** Boxes so that each comes after those that lead to it; what a frame holds follows it. */
export function inOrder({ boxes, lines }: Drawing): readonly Box[] {
  const byId = new Map(boxes.map((box) => [box.id, box]));
  const seen = new Set<string>();
  const ordered: Box[] = [];
  const visit = (box: Box) => {
    if (seen.has(box.id)) return;
    seen.add(box.id);
    for (const { from } of lines.filter(({ to }) => to === box.id)) {
      const before = byId.get(from);
      if (before && before.parent === box.parent) visit(before);
    }
    ordered.push(box);
    for (const inner of boxes.filter(({ parent }) => parent === box.id)) visit(inner);
  };
  for (const box of boxes.filter(({ parent }) => parent === undefined)) visit(box);
  return ordered;
}

/** Spans of time in which anything worked: few, because neighbours are joined. */

export interface Window {
  readonly from: number;
  readonly to: number;
}

/** Gaps that are too short to be folded, in milliseconds. */
const JOINED = 1_000;

/** Adds a span to an ordered list without overlaps. Records come nearly in order, so the place is near the end. */
export function addTo(busy: Window[], from: number, to: number): void {
  let at = busy.length;
  while (at > 0 && (busy[at - 1]?.to ?? 0) + JOINED >= from) at -= 1;
  let end = at;
  const joined = { from, to };
  for (let next = busy[end]; next && next.from <= to + JOINED; next = busy[end]) {
    joined.from = Math.min(joined.from, next.from);
    joined.to = Math.max(joined.to, next.to);
    end += 1;
  }
  busy.splice(at, end - at, joined);
}

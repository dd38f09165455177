/** Counts by reason. */

/** Different reasons that are counted; the others are counted together. */
const MOST_REASONS = 20;
const OTHERS = 'other reasons';

export function countsOf(
  counts: Readonly<Record<string, number>>,
  refused: readonly { readonly error: string }[],
): Record<string, number> {
  const next = new Map(Object.entries(counts));
  for (const { error } of refused) {
    const reason = next.has(error) || next.size < MOST_REASONS ? error : OTHERS;
    next.set(reason, (next.get(reason) ?? 0) + 1);
  }
  return Object.fromEntries(next);
}

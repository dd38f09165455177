/** Order and identity of waits. */
import type { Wait } from '../api/wire.ts';

/** Waits that wait longest come first. */
export function oldestFirst(waits: readonly Wait[]): readonly Wait[] {
  return waits.toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
}

export function keyOf({ executionId, interruptId, generation = 0 }: Wait): string {
  return `${executionId} ${interruptId} ${generation}`;
}

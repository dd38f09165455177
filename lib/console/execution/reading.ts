/** How often an execution is read. */
import type { View } from '../api/history.ts';

/** Milliseconds until it is read again. */
export function pauseOf({ lifecycle, status }: Pick<View, 'lifecycle' | 'status'>): number {
  if (lifecycle === 'closed') return 8_000;
  return status === 'running' ? 900 : 2_000;
}

/** Paths of the API. */
import type { Wait } from './wire.ts';

export function executionPath(id: string): string {
  return `/executions/${encodeURIComponent(id)}`;
}

export function waitPath({ executionId, interruptId }: Pick<Wait, 'executionId' | 'interruptId'>): string {
  return `${executionPath(executionId)}/interrupts/${encodeURIComponent(interruptId)}`;
}

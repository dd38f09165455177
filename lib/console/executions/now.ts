/** One line that says what an execution is doing, from its summary. */
import type { Summary } from '../api/wire.ts';

export function nowOf(item: Summary): string {
  if (item.now !== undefined) return item.now;
  if (item.status === 'failed')
    return `${item.error?.chunk ?? ''}: ${item.error?.message ?? 'failed'}`.replace(/^: /, '');
  if (item.status === 'cancelled') return item.cancelReason ?? 'cancelled';
  if (item.waiting > 0) {
    const types = [...new Set(item.interrupts.map(({ type }) => type))];
    return item.waiting === 1 ? `waits for an answer (${types.join(', ')})` : `waits for ${item.waiting} answers`;
  }
  const words: Readonly<Record<string, string>> = {
    running: 'at work',
    idle: 'waits for a signal',
    blocked: 'waits for what did not come',
    waiting: 'asleep',
    created: 'not started yet',
  };
  return words[item.status] ?? '';
}

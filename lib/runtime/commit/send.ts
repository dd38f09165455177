import { describeFault } from '../../errors/errors.ts';
import type { Ports } from '../../ports/ports.ts';
import type { Delayed } from '../../ports/wake-queue.ts';

/**
 * Sends wake-ups after a commit. A failure is only logged: the head holds the work, and the sweeper sends the wake-ups
 * again.
 */
export async function sendQuietly(ports: Ports, messages: readonly Delayed[]): Promise<void> {
  if (messages.length === 0) return;
  try {
    await ports.queue.send(messages);
  } catch (error) {
    const executionId = messages[0]?.message.executionId ?? '';
    ports.log.warn('wake-up not sent', { executionId, ...describeFault(error) });
  }
}

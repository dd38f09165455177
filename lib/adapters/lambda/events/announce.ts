/** The announce function's handler: messages with the ids of executions whose waits must be announced. */
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { describeFault } from '../../../errors/errors.ts';
import type { Logger } from '../../../ports/system.ts';
import type { WakeMessage } from '../../../ports/wake-queue.ts';
import type { Announcer } from '../../../runtime/worker/announcer.ts';

export interface AnnounceOptions {
  readonly announcer: Announcer;
  /** Parses a wake-up; throws for any other text. */
  readonly parse: (body: string) => WakeMessage;
  readonly log: Logger;
}

/** Reports unreadable messages and failed announcements as batch item failures; the other messages are deleted. */
export function createAnnounceHandler({ announcer, parse, log }: AnnounceOptions) {
  const take = async (messageId: string, body: string): Promise<boolean> => {
    try {
      await announcer.announce(parse(body).executionId);
      return true;
    } catch (error) {
      log.error('announcement failed', { messageId, ...describeFault(error) });
      return false;
    }
  };
  return async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
    const taken = await Promise.all(Records.map(({ messageId, body }) => take(messageId, body)));
    const failed = Records.filter((_, i) => !taken[i]);
    return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
  };
}

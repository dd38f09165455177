/** How long a closed execution is kept, and what is left of it afterwards. */
import type { GoneRow, Head } from '../head.ts';
import { attributesEver } from '../values/attributes.ts';
import { withoutContents } from './empty-head.ts';

const DAY = 86_400_000;
/** Days after the close, where the flow says nothing. */
const DAYS = { completed: 30, failed: 90, cancelled: 30 } as const;
/** How long the id of a deleted execution stays taken (ms). */
export const TOMBSTONE_LIFE = 366 * DAY;

type End = keyof typeof DAYS;

/** How a closed execution ended. */
export function endOf({ failure, closing }: Head): End {
  return failure ? 'failed' : (closing ?? 'completed');
}

/** When the retention of an execution ends that closes now (ms); `undefined`: never. */
export function keptUntil(head: Head, now: number): number | undefined {
  const { retention } = head.options;
  const end = endOf(head);
  const given = typeof retention === 'object' && retention !== null ? retention[end] : retention;
  const days = given === undefined ? DAYS[end] : given;
  return days === null ? undefined : now + days * DAY;
}

/** True when a closed execution has been kept as long as its flow says. */
export function isRetentionOver({ lifecycle, keptUntil: until, gone }: Head, now: number): boolean {
  return lifecycle === 'closed' && !gone && until !== undefined && until <= now;
}

/** What has to be deleted that only the head names. */
export function namedByHead(head: Head): Pick<GoneRow, 'attributes'> {
  const attributes = [...(head.gone?.attributes ?? []), ...attributesEver(head)];
  return attributes.length > 0 ? { attributes } : {};
}

/** What replaces the head of an execution that is deleted. Its fence is higher than those of its workers. */
export function tombstoneOf(head: Head, gone: GoneRow): Head {
  const { id, inc, flow, fingerprint, createdAt, closedAt = gone.at, fence } = head;
  return {
    format: 1,
    id,
    inc,
    flow,
    fingerprint,
    inputHash: gone.how === 'erased' ? '' : head.inputHash,
    options: { autoClose: false, autoCloseTimeout: null, defaults: {} },
    lifecycle: 'closed',
    createdAt,
    closedAt,
    fence: fence + 1,
    ...withoutContents(),
    outbox: [],
    gone,
  };
}

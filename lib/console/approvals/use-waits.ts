import { call } from '../api/call.ts';
import { type Polled, usePoll } from '../api/poll.ts';
import type { Page, Wait } from '../api/wire.ts';

const MOST = 100;

/** What waits for people. */
export function useWaits(): Polled<Page<Wait>> {
  return usePoll('waits', (signal) => call<Page<Wait>>('GET', `/interrupts?limit=${MOST}`, { signal }), 3_000);
}

/** How many answers are awaited, as text: `5`, `100+`. */
export function useWaiting(): string | undefined {
  const { value } = usePoll(
    'waiting',
    (signal) => call<Page<Wait>>('GET', `/interrupts?limit=${MOST}`, { signal }),
    5_000,
  );
  return value && `${value.items.length}${value.cursor === undefined ? '' : '+'}`;
}

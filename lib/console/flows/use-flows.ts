import { call } from '../api/call.ts';
import { type Polled, usePoll } from '../api/poll.ts';
import type { Definition, FlowItem, Page } from '../api/wire.ts';

/** The flows that can be started. */
export function useFlows(): Polled<Page<FlowItem>> {
  return usePoll('flows', (signal) => call<Page<FlowItem>>('GET', '/flows', { signal }), undefined);
}

export function useFlow(name: string, mode: 'simplified' | 'detailed' = 'simplified'): Polled<Definition> {
  const path = `/flows/${encodeURIComponent(name)}?mode=${mode}`;
  return usePoll(path, (signal) => call<Definition>('GET', path, { signal }), undefined);
}

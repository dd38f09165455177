/** Waits for an execution by long polls. */
import type { Given } from '../given.ts';
import { createProgress } from '../show/bar.ts';
import { type Api, path } from './api.ts';
import { View } from './wire.ts';

/** The longest long poll of the API, in seconds. */
const LONGEST = 25;

/** Statuses that only an end, an answer or time can change. */
function isQuiet({ status, lifecycle }: View): boolean {
  return lifecycle === 'closed' || status === 'failed' || status === 'waiting';
}

export function isUnsuccessful({ status }: View): boolean {
  return status === 'failed' || status === 'cancelled';
}

/** The view once the execution has closed or failed or waits, at the latest after `seconds`. */
export async function viewAfter(api: Api, executionId: string, seconds: number): Promise<View> {
  const start = performance.now();
  const progress = createProgress();
  try {
    for (;;) {
      const passed = (performance.now() - start) / 1_000;
      const left = Math.max(0, Math.ceil(seconds - passed));
      progress.say(`${executionId}: ${Math.floor(passed)} s of at most ${seconds} s`);
      const query = { wait: Math.min(LONGEST, left) };
      const view = await api.call({ method: 'GET', path: path`/executions/${executionId}`, query }, View);
      if (isQuiet(view) || left <= LONGEST) return view;
    }
  } finally {
    progress.end();
  }
}

/** @throws UsageError */
export function secondsOf(given: Given): number | undefined {
  return given.number('wait', 0, 86_400);
}

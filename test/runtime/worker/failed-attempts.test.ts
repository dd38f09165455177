/** A host in the same process receives each failed attempt with its error, instead of a log line. */
import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { failedText } from '../../../infra/local/console/failed-attempts.ts';
import { defineApp, defineFlow, FatalError } from '../../../lib/index.ts';
import { FAILED_ATTEMPTS, type FailedAttempt } from '../../../lib/runtime/chunk/attempts-channel.ts';
import { createTestkit } from '../../../lib/testing.ts';

const RETRY = { maxAttempts: 3, initialDelay: 2_000, factor: 2, jitter: 0 };

let told: FailedAttempt[] = [];
const hear = (attempt: unknown) => void told.push(attempt as FailedAttempt);
beforeEach(() => {
  told = [];
  subscribe(FAILED_ATTEMPTS, hear);
});
afterEach(() => void unsubscribe(FAILED_ATTEMPTS, hear));

function kitOf(wire: (flow: ReturnType<typeof bare>) => unknown) {
  const lines: string[] = [];
  const write = (message: string) => void lines.push(message);
  const flow = bare();
  wire(flow);
  const kit = createTestkit(defineApp({ flows: [flow] }), { log: { info: write, warn: write, error: write } });
  return { kit, lines };
}

function bare() {
  return defineFlow({ name: 'fails', defaults: { retry: RETRY } });
}

describe('attempts that failed', () => {
  it('are reported once each, with the time of the next one, and not logged', async () => {
    const error = new Error('refused');
    const { kit, lines } = kitOf((flow) =>
      flow.to('pay', () => {
        throw error;
      }),
    );
    await kit.client.start('fails', null, { id: 'x' });
    const begin = kit.clock.now();
    await kit.drain();
    await kit.advance(60_000);
    const about = { executionId: 'x', flow: 'fails', chunk: 'pay', error };
    const [first, second, third, ...more] = told;
    assert.deepEqual(first, { ...about, attempt: 1, nextAt: begin + 2_000 });
    assert.deepEqual(
      { attempt: second?.attempt, isLater: (second?.nextAt ?? 0) > begin + 2_000 },
      { attempt: 2, isLater: true },
    );
    assert.deepEqual({ third, more }, { third: { ...about, attempt: 3 }, more: [] });
    assert.deepEqual(lines, ['execution failed']);
  });

  it('include time-outs, predicates and errors without a retry', async () => {
    const { kit } = kitOf((flow) => {
      flow.to(
        flow.chunk('slow', { timeout: 1_000, retry: { maxAttempts: 1 }, onError: 'skip' }, (ctx) => {
          return new Promise<null>((end) => ctx.abort.addEventListener('abort', () => end(null)));
        }),
      );
      flow.when('go').to('final', () => {
        throw new FatalError('no more');
      });
      flow.when('ask').if(
        () => {
          throw new Error('undecided');
        },
        (p) => p.to('then', () => 1),
      );
    });
    await kit.client.start('fails', null, { id: 'x', autoClose: false });
    await kit.drain();
    await kit.advance(1_000);
    await kit.client.signal('x', 'ask', null);
    await kit.drain();
    await kit.client.signal('x', 'go', null);
    await kit.drain();
    const seen = told.map(({ chunk, error, nextAt }) => [chunk, (error as Error).message, nextAt !== undefined]);
    assert.deepEqual(seen.slice(0, 2), [
      ['slow', 'The attempt took longer than 1000 ms.', false],
      ['signal:ask>match', 'undecided', true],
    ]);
    assert.deepEqual(seen.at(-1), ['final', 'no more', false]);
  });

  it('print as one line each', () => {
    const about = { executionId: 'x', flow: 'f', chunk: 'c', attempt: 2 };
    const error = new TypeError('no\n    at canary (canary:1:1)', { cause: new Error('bank') });
    const text = failedText({ ...about, error, nextAt: 3_500 }, 2_000);
    assert.match(
      text,
      /^Chunk "c" \(flow f, execution x\) failed in attempt 2: TypeError: no at canary .*; because of Error: bank \(/,
    );
    assert.match(
      text,
      /\(test\/runtime\/worker\/failed-attempts\.test\.ts:\d+:\d+\)\. It is tried again in 1\.5 s, at 1970-01-01T00:00:03\.500Z\.$/,
    );
    assert.doesNotMatch(text, /\n/);
    assert.match(failedText({ ...about, error: 'text' }, 0), /threw "text", not an Error\. It has failed for good\.$/);
    assert.match(failedText({ ...about, error, nextAt: 5 }, 5), /It is tried again at once\.$/);
  });
});

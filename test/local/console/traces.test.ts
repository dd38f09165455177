import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { spanText } from '../../../infra/local/console/traces.ts';

const place = (letter: string) => ({ traceId: letter.repeat(32), spanId: letter.repeat(16), traceFlags: 1 });

describe('a span on the console', () => {
  it('is one line with its trace, its facts, and the traces that it is linked to', () => {
    const span = {
      name: 'chunk pay',
      attributes: { 'durable_triggerflow.attempt': 2, 'faas.trigger': 'pubsub', 'error.type': 'TypeError' },
      links: [{ context: place('b') }, { context: place('b') }, { context: place('c') }],
      duration: [1, 5_400_000] as [number, number],
      spanContext: () => place('a'),
    };
    assert.equal(
      spanText(span),
      'trace aaaaaaaa chunk pay (1005 ms) attempt=2 error.type=TypeError linked to bbbbbbbb, cccccccc',
    );
  });
});

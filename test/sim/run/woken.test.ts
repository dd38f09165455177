/** Which events in the inbox need a message in the queue. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ResumeEvent } from '../../../lib/engine/events.ts';
import { defineFlow } from '../../../lib/index.ts';
import { pass, Run } from '../../engine/support.ts';
import { isUndecided } from './woken.ts';

it('an answer to a wait that has ended needs no message', () => {
  const flow = defineFlow({ name: 'asking' });
  flow.to('ask', pass);
  const run = new Run(flow);
  run.claim();
  run.pauses('ask', { id: 'q' });
  const answer: ResumeEvent = {
    type: 'resume',
    interrupt: 'q',
    generation: 0,
    requestId: 'r',
    value: 1,
    valueHash: 'h',
  };
  assert.equal(isUndecided(answer, run.head), true);
  assert.equal(run.apply(answer).kind, 'accepted');
  assert.equal(isUndecided({ ...answer, requestId: 'twin' }, run.head), false);
});

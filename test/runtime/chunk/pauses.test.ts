/** An invalid pause fails its chunk at once and names the key. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ZodType } from 'zod';
import { problemOf } from '../../../lib/flow/options/check.ts';
import { pauseOptions } from '../../../lib/flow/options/pauses.ts';
import { defineApp, defineFlow } from '../../../lib/index.ts';
import { createKit } from '../kit.ts';

const schema: ZodType = pauseOptions;
const YEARS = 100 * 365 * 24 * 3_600_000;

const wrong: Record<string, object> = {
  type: {},
  'type ': { type: '' },
  'type  ': { type: 1 },
  resumeTo: { type: 't', resumeTo: 'later' },
  'resumeTo ': { type: 't', resumeTo: {} },
  'resumeTo  ': { type: 't', resumeTo: { event: 1 } },
  resumeEvent: { type: 't', resumeEvent: 1 },
  id: { type: 't', id: 'a b' },
  'id ': { type: 't', id: '..' },
  'id  ': { type: 't', id: 'a'.repeat(97) },
  maxResumes: { type: 't', maxResumes: -1 },
  'maxResumes ': { type: 't', maxResumes: 1.5 },
  expiresIn: { type: 't', expiresIn: 0 },
  'expiresIn ': { type: 't', expiresIn: YEARS + 1 },
  'expiresIn  ': { type: 't', expiresIn: 'soon' },
  onExpiry: { type: 't', onExpiry: 'go on' },
  'onExpiry ': { type: 't', onExpiry: {} },
  'onExpiry  ': { type: 't', onExpiry: { event: 1 } },
  channel: { type: 't', channel: 1 },
  requireActor: { type: 't', requireActor: 'yes' },
};

const right: readonly object[] = [
  { type: 't' },
  { type: 't', payload: undefined, id: undefined, maxResumes: undefined, expiresIn: undefined, onExpiry: undefined },
  { type: 't', payload: new Map(), resumeTo: { event: 'e' }, more: 1 },
  { type: 't', resumeEvent: 'e', resumeTo: 'self', id: 'a'.repeat(96), maxResumes: null, expiresIn: YEARS },
  { type: 't', maxResumes: 0, onExpiry: 'fail', channel: 'c', requireActor: true },
  { type: 't', onExpiry: { value: undefined } },
  { type: 't', onExpiry: { event: 'e', value: 1 } },
];

describe('the options of a pause', () => {
  for (const [key, options] of Object.entries(wrong)) {
    it(`are refused by key: ${JSON.stringify(options).slice(0, 60)}`, () => {
      const problem = problemOf(schema, options, 'pauseFor in chunk "a"') ?? '';
      assert.ok(problem.startsWith(`${key.trim()} of pauseFor in chunk "a" is `), problem);
      assert.match(problem, /: use .+\.$/);
    });
  }

  it('are accepted when valid', () => {
    for (const options of right) assert.equal(problemOf(schema, options, 'it'), undefined, JSON.stringify(options));
  });

  it('are named in the error of the failed chunk', async () => {
    const flow = defineFlow({ name: 'f' });
    flow.to('ask', (ctx) => ctx.pauseFor({ type: 't', maxResumes: -1 }));
    const kit = createKit(defineApp({ flows: [flow], resources: {} }));
    await kit.client.start('f', null, { id: 'x' });
    await kit.drain();
    const { error } = await kit.view('x');
    assert.equal(error?.code, 'invalid_pause');
    assert.equal(
      error?.message,
      'maxResumes of pauseFor in chunk "ask" is -1: use a whole number of at least 0, or null for any number.',
    );
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compareReports, entries } from './report.ts';

describe('the public entries', () => {
  it('export what their reports say', async () => {
    assert.ok(entries().length >= 5, `only ${entries().join(', ')}`);
    assert.deepEqual(await compareReports({ update: false }), [], 'Read the difference, then run npm run api.');
  });
});

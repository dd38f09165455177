/** The exhaustive search with messages that overtake each other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explore } from './exhaustive.ts';

test('the exhaustive search completes and reaches every way a wait can end', async () => {
  const scope = { workers: 2, signals: 2, faults: 0, reorders: 1 };
  const { complete, violations, races, states } = await explore(scope, 100_000);
  assert.deepEqual({ complete, violations }, { complete: true, violations: [] });
  for (const race of ['interrupt accepted', 'interrupt expired'] as const) assert.ok(races[race], race);
  const ordered = await explore({ ...scope, reorders: 0 }, 100_000);
  assert.ok(ordered.complete && ordered.states < states);
});

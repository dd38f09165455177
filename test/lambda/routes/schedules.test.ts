import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Client } from '../../../lib/runtime/client/types.ts';
import { callApi } from '../support.ts';

describe('schedules over HTTP', () => {
  it('are listed with their next time', async () => {
    const schedule = { flow: 'f', id: 's', cron: '0 3 ? * * *', timezone: 'UTC', overlap: 'allow' } as const;
    const last = { executionId: 'x', at: '2026-01-01T00:00:00.000Z', status: 'completed', isOpen: false } as const;
    const rate = { flow: 'f', id: 'r', rate: '1 day', timezone: 'UTC', overlap: 'allow', last } as const;
    const answer = await callApi('GET /schedules', {}, { schedules: async () => [schedule, rate] });
    const items = answer.json.items as unknown as { readonly nextAt: string }[];
    assert.deepEqual({ ...items[0], nextAt: '' }, { ...schedule, nextAt: '' });
    for (const { nextAt } of items) assert.match(nextAt, /^\d{4}-\d\d-\d\dT0[03]:00:00\.000Z$/);
  });

  it('are triggered, with the key as the id', async () => {
    const seen: unknown[] = [];
    const trigger: Client['trigger'] = async (...given) => {
      seen.push(given);
      return { kind: 'started', executionId: 'k', status: 'running' };
    };
    const path = { flow: 'f', id: 's' };
    const parts = { path, headers: { 'idempotency-key': 'k' }, body: '{"actor":"ann"}' };
    const answer = await callApi('POST /schedules/{flow}/{id}/trigger', parts, { trigger });
    assert.deepEqual([answer.statusCode, answer.json], [202, { executionId: 'k', status: 'running' }]);
    assert.deepEqual(seen, [['f', 's', { actor: 'ann', id: 'k' }]]);
  });
});

/** A small run of the attack, and the rules by which its tally counts faults. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadService, routesOf } from '../../infra/local/service/service.ts';
import { attack } from './attack.ts';
import { CANARY, count, emptyRow, FAULTS, type Fault, type Outcome } from './tally.ts';

describe('the attack', () => {
  it('has no attack that is accepted, stored or logged, on any route', async () => {
    const { rows, failures } = await attack({ seed: 2, scale: 0.002 });
    assert.deepEqual(failures, []);
    for (const row of rows) assert.ok(row.sent >= 20 && FAULTS.every((fault) => row[fault] === 0), row.part);
    const parts = new Set(rows.map(({ part }) => part));
    const routes = routesOf(await loadService('dev')).map(({ method, path }) => `${method} ${path}`);
    const missing = routes.filter((route) => route !== 'GET /callbacks/{token}' && !parts.has(route));
    assert.deepEqual(missing, []);
  });

  it('repeats a single case', async () => {
    const scope = { seed: 2, scale: 1, part: 'queue messages', only: 7 };
    const { rows } = await attack(scope);
    assert.deepEqual(
      rows.map(({ part, sent }) => [part, sent]),
      [['queue messages', 1]],
    );
    assert.deepEqual((await attack(scope)).rows, rows);
  });

  it('counts each kind of fault', () => {
    const clean: Outcome = { status: 400, answer: '{}', stored: false, lines: ['{"message":"refused"}'] };
    const faults: readonly [Partial<Outcome>, Fault[]][] = [
      [{}, []],
      [{ accepted: true }, ['accepted']],
      [{ status: 503 }, ['serverErrors']],
      [{ stored: true }, ['stored']],
      [{ stored: true, valid: true }, []],
      [{ answer: 'x'.repeat(4_000_001) }, ['tooLarge']],
      [{ lines: [`{"message":"${CANARY}"}`] }, ['logged']],
      [{ broken: true }, ['broken']],
    ];
    for (const [change, expected] of faults) {
      const row = emptyRow('part');
      assert.deepEqual(count(row, { ...clean, ...change }), expected);
      assert.deepEqual(
        FAULTS.filter((fault) => row[fault] === 1),
        expected,
      );
    }
  });
});

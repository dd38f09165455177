import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ROOT } from '../../infra/roots.ts';
import { createTally, type Finished } from './suites.ts';

const SUITES = new URL('suites.ts', import.meta.url).href;

const one = (name: string, more: Partial<Finished> = {}): Finished => ({ name, nesting: 0, details: {}, ...more });
const member = (name: string, more: Partial<Finished> = {}) => one(name, { nesting: 1, ...more });
const suite = (name: string, more: Partial<Finished> = {}) => one(name, { details: { type: 'suite' }, ...more });

test('a group ran when a test of it passed and none was skipped', () => {
  const tally = createTally();
  tally.passed(one('store / memory: puts'));
  tally.passed(member('starts'));
  tally.passed(suite('refund / parts'));
  tally.passed(member('goes round', { skip: 'too slow' }));
  tally.passed(member('stops'));
  tally.passed(suite('loop / parts'));
  tally.passed(one('door', { skip: 'parts has no stack' }));
  tally.passed(one('talk', { todo: true }));
  tally.passed(suite('empty / parts'));
  assert.deepEqual(tally.missing(['store', 'refund']), []);
  assert.deepEqual(tally.missing(['loop', 'door', 'talk', 'empty', 'gone']), [
    'loop, but left out: goes round: too slow',
    'door, but left out: door: parts has no stack',
    'talk, but left out: talk',
    'empty, but nothing of it passed',
    'gone, but nothing of it passed',
  ]);
});

test('a failed suite fails its members', () => {
  const tally = createTally();
  tally.passed(member('passed'));
  tally.failed(member('failed'));
  tally.failed(suite('first'));
  tally.passed(suite('second'));
  assert.deepEqual(tally.missing(['first', 'second']).length, 2);
  assert.equal(tally.failures(), 2);
});

/** As a script of this project runs its suites. */
async function runFile(t: TestContext, tests: string, mustRun: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'suites-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const files = [join(folder, 'some.mjs')];
  await writeFile(join(folder, 'cases.mjs'), ELSEWHERE);
  await writeFile(files[0] ?? '', `import { describe, it } from 'node:test';\n${tests}`);
  const main = join(folder, 'main.mjs');
  const script = `const { runSuites } = await import(${JSON.stringify(SUITES)});
process.exitCode = await runSuites(${JSON.stringify({ files, mustRun, env: { GIVEN: 'yes' } })});`;
  await writeFile(main, script);
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const args = ['--import', 'tsx', main];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: ROOT, env, encoding: 'utf8' });
  return { status, stdout };
}

// Members may be declared in another file than their suite, as in scenarios.
const ELSEWHERE = `import { it } from 'node:test';
export const cases = () => it('a', () => { if (process.env.GIVEN !== 'yes') throw new Error('not given'); });`;
const TESTS = `
import { cases } from './cases.mjs';
describe('whole / here', cases);
describe('partly / here', () => { it('a', () => {}); it('b', { skip: 'not here' }, () => {}); });
if (process.env.NEVER) describe('never / here', () => { it('a', () => {}); });
`;

test('a required test that was skipped or never reached fails the run', async (t) => {
  const good = await runFile(t, TESTS, ['whole']);
  assert.equal(good.status, 0, good.stdout);
  const bad = await runFile(t, TESTS, ['whole', 'partly', 'never']);
  assert.equal(bad.status, 1, bad.stdout);
  assert.match(bad.stdout, /fail 0/);
  assert.match(bad.stdout, /must run here: partly, but left out: b: not here/);
  assert.match(bad.stdout, /must run here: never, but nothing of it passed/);
});

test('a failure fails the run, required or not', async (t) => {
  const failed = await runFile(t, `it('wrong', () => { throw new Error('wrong'); });`, []);
  assert.equal(failed.status, 1, failed.stdout);
});

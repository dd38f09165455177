/** The test scripts report wrong arguments in one line and then run nothing. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readOptions as ofGolden } from './golden/options.ts';
import { HANG_MS } from './limits.ts';
import { readOptions as ofSim } from './sim/options.ts';
import { readStages } from './verify/options.ts';
import { STAGES } from './verify/stages.ts';

const CASES = join(import.meta.dirname, 'golden/cases');

function run(tool: string, ...args: readonly string[]) {
  const main = join(import.meta.dirname, tool, 'main.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', main, ...args], {
    encoding: 'utf8',
    timeout: HANG_MS,
  });
  return { status, stdout, stderr };
}

const REFUSED: readonly (readonly [tool: string, args: readonly string[], message: string])[] = [
  ['golden', [CASES, '--case', 'TYPO'], `There is no case TYPO in ${CASES}.`],
  ['crash', ['--rounds', 'x'], '--rounds is "x"; it must be a whole number.'],
  ['attack', ['--scale', 'x'], '--scale is "x"; it must be a number over 0.'],
  ['chaos', ['--minutes', 'x'], '--minutes is "x"; it must be a number over 0.'],
  ['sim', ['--bogus'], "Unknown option '--bogus'."],
  ['bench', ['nothing'], 'There is no workload "nothing".'],
];

const WRONG: readonly (readonly [read: (args: readonly string[]) => unknown, args: readonly string[], string])[] = [
  [ofGolden, ['--bogus'], "Unknown option '--bogus'."],
  [ofGolden, [], 'Give one folder of cases.'],
  [ofGolden, ['nowhere'], 'There is no folder nowhere.'],
  [ofGolden, [import.meta.dirname], `There are no cases in ${import.meta.dirname}.`],
  [ofGolden, [CASES, '--store', 'disk'], '--store is "disk"; it must be memory or embedded.'],
  [ofGolden, [CASES, '--shuffle', 'x'], '--shuffle is "x"; it must be a whole number.'],
  [ofSim, ['--schedules', 'abc'], '--schedules is "abc"; it must be a whole number.'],
  [ofSim, ['--schedules='], '--schedules is ""; it must be a whole number.'],
  [ofSim, ['--skip', '1,x'], '--skip is "x"; it must be a whole number.'],
  [ofSim, ['--patch', 'nowhere'], 'There is no file nowhere.'],
  [readStages, ['--job', 'none'], 'There is no job "none"; there are check, real, localstack.'],
  [ofSim, ['--seed'], "Option '--seed <value>' needs a value."],
];

describe('the command line', () => {
  for (const [tool, args, message] of REFUSED) {
    it(`of ${tool} prints its usage`, () => {
      const help = run(tool, '--help');
      assert.deepEqual({ status: help.status, stderr: help.stderr }, { status: 0, stderr: '' });
      assert.ok(help.stdout.startsWith(`usage: npm run -s ${tool} -- `), help.stdout);
      const { status, stdout, stderr } = run(tool, ...args);
      assert.deepEqual({ status, stdout, stderr }, { status: 2, stdout: '', stderr: `${message}\n${help.stdout}` });
    });
  }

  it('reports a wrong argument in one line', () => {
    for (const [read, args, message] of WRONG) assert.throws(() => read(args), { name: 'UsageError', message });
  });

  it('of golden prints only JSON on stdout with --json', () => {
    const [name = ''] = readdirSync(CASES).map((file) => file.replace('.json', ''));
    const { status, stdout, stderr } = run('golden', CASES, '--case', name, '--json');
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '1 passed, 0 failed\n' });
    assert.equal((JSON.parse(stdout) as { name: string }).name, name);
  });
});

describe('npm run verify', () => {
  const root = join(import.meta.dirname, '..');
  const read = (path: string): string => readFileSync(join(root, path), 'utf8');

  it('knows its stages', () => {
    assert.deepEqual(readStages([]), STAGES);
    assert.deepEqual(readStages(['lint', 'types']), STAGES.slice(0, 2));
    const names = STAGES.map(({ name }) => name).join(' ');
    assert.throws(() => readStages(['typos']), { message: `There is no stage "typos"; there are ${names}.` });
  });

  it('calls scripts that package.json has', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: object };
    const called = STAGES.flatMap(({ commands }) =>
      commands.map((args) => args.find((arg) => !/^(run|-s)$/.test(arg))),
    );
    assert.deepEqual(
      called.filter((name) => name === undefined || !Object.hasOwn(scripts, name)),
      [],
    );
  });

  it('is the command that CI runs', () => {
    assert.match(read('.ci/run'), /^step npm run -s verify$/m);
    const workflow = read('.github/workflows/ci.yml');
    for (const { name, job } of STAGES) {
      if (job !== 'matrix')
        assert.ok(workflow.includes(`npm run -s verify -- --job ${job}\n`), `${name} in job ${job}`);
    }
  });
});

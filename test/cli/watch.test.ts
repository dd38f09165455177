/** `watch` draws in place on a terminal, and prints lines without one. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { bar } from '../../infra/cli/show/bar.ts';
import { fitting } from '../../infra/cli/watch/graph.ts';
import { ROOT } from '../../infra/roots.ts';
import { HANG_MS } from '../limits.ts';
import { openTrial, REFUND, type Trial } from './support.ts';

let trial: Trial;
let cli: Trial['cli'];
let service: Trial['service'];

before(async () => {
  trial = await openTrial();
  ({ cli, service } = trial);
});
after(() => trial?.close());

/** Runs a command in a pseudo-terminal, which `script` of util-linux opens. */
function inTerminal(line: string) {
  const child = spawn('script', ['-qec', `stty cols 100 rows 24; exec ${cli.program} ${line}`, '/dev/null'], {
    ...{ cwd: ROOT, env: { ...cli.env, TERM: 'xterm', NO_COLOR: '' } },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  let tell: () => void = () => undefined;
  child.stdout.on('data', (part: Buffer) => {
    output += part.toString();
    tell();
  });
  const ended = new Promise<number | null>((done) => child.on('close', (code) => done(code)));
  return {
    output: () => output,
    ended,
    async shows(text: string): Promise<void> {
      const late = AbortSignal.timeout(HANG_MS);
      while (!stripVTControlCharacters(output).includes(text)) {
        late.throwIfAborted();
        await new Promise<void>((done) => {
          tell = done;
          late.addEventListener('abort', () => done(), { once: true });
        });
      }
    },
  };
}

const UP = '\u001b[';

describe('watch on a terminal', () => {
  it('draws the graph in place until the execution ends', async () => {
    await service.start('refund-approval', 'W-1', REFUND);
    const terminal = inTerminal('watch W-1');
    await terminal.shows('waits for ');
    await terminal.shows('? askManager');
    assert.equal((await cli.run(`answer W-1 --value '{"approved":true}'`)).code, 0);
    assert.equal(await terminal.ended, 0);
    const output = terminal.output();
    assert.match(output.replaceAll(UP, '<'), /<\d+A\r/, 'it goes up to draw again');
    assert.ok(output.startsWith(`${UP}?25l`) && output.endsWith(`${UP}?25h`), 'the cursor is shown again');
    const frames = stripVTControlCharacters(output).split('W-1  refund-approval  ');
    assert.match(frames.at(-1) ?? '', /^completed {2}[^\n]*\n[\s\S]*- autoApprove +skipped [\s\S]*✓ settle +done/m);
  });

  it('shows how far a list is, and fails when the execution does', async () => {
    await service.start('items', 'W-2', [1, 2, 3, 4]);
    const list = inTerminal('watch W-2');
    await list.shows('3 of 4 done, 1 waiting');
    assert.equal((await cli.run('cancel W-2')).code, 0);
    assert.equal(await list.ended, 7);
  });
});

describe('watch without a terminal', () => {
  it('prints a line for each record', async () => {
    await service.start('failing', 'W-3', 'ann');
    const { code, out, err } = await cli.run('watch W-3');
    assert.deepEqual({ code, err }, { code: 7, err: '' });
    assert.match(out, /^\S+ {2}attempt_failed +charge .*the card of ann was refused$/m);
    assert.doesNotMatch(out, new RegExp(UP.replace('[', '\\[')));
  });
});

describe('a frame', () => {
  const look = { hasColour: false };
  const counts = { running: 0, retrying: 0, waiting: 0 };

  it('has bars that show a few failures among thousands', () => {
    assert.equal(
      bar({ ...counts, done: 5_000, failed: 1, running: 4, total: 10_000 }, look),
      '[##########x.........] 5,000 of 10,000 done, 1 failed, 4 running',
    );
    assert.equal(bar({ ...counts, done: 0, failed: 0, total: 0 }, look), '[....................] 0 of 0 done');
    assert.equal(
      bar({ ...counts, done: 9, failed: 1, total: 10 }, look),
      '[##################xx] 9 of 10 done, 1 failed',
    );
  });

  it('keeps what matters where not all has room', () => {
    const rows = (['done', 'later', 'failed', 'done', 'waiting'] as const).map((state, i) => ({
      state,
      text: `${state} ${i}`,
    }));
    assert.deepEqual(fitting(rows, 3), ['failed 2', 'waiting 4', '… and 3 more']);
    assert.equal(fitting(rows, 5).length, 5);
  });
});

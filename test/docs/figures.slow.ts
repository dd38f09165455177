/** Figures of the documents are what the command beside them prints. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { ROOT } from '../../infra/roots.ts';
import { HANG_MS } from '../limits.ts';
import { tableOf } from './markdown.ts';

const ROWS = [...tableOf('README.md', 'What it costs'), ...tableOf('infra/README.md', 'Cost')].map((row) =>
  row.join(' '),
);

interface Row {
  readonly usd: string;
  readonly command: string;
}

function rowOf(text: string): Row {
  const [, usd = assert.fail(text)] = /([\d.]+) USD/.exec(text) ?? [];
  const [, command = assert.fail(text)] = /`npm (run -s bench -- [^`]+)`/.exec(text) ?? [];
  return { usd, command };
}

/** Share of the cost by which a slow run may differ. */
const SLOW_RUN = 0.01;

describe('figures', () => {
  const rows = ROWS.map(rowOf);
  const commands = new Set(rows.map(({ command }) => command));

  it('are found', () => assert.deepEqual([rows.length, commands.size], [6, 3]));

  for (const command of commands) {
    it(`of npm ${command}`, { timeout: HANG_MS }, () => {
      const printed = execFileSync('npm', command.split(' '), { cwd: ROOT, encoding: 'utf8' });
      const { usdPerMillionSteps } = JSON.parse(printed) as { usdPerMillionSteps: number };
      for (const { usd } of rows.filter((row) => row.command === command)) {
        const unit = 10 ** -(usd.split('.')[1]?.length ?? 0);
        // Half a unit is the rounding. A slow run stores its history more often: each five seconds.
        const most = unit / 2 + SLOW_RUN * Number(usd);
        assert.ok(Math.abs(usdPerMillionSteps - Number(usd)) <= most, `${usdPerMillionSteps} is not ${usd}`);
      }
    });
  }
});

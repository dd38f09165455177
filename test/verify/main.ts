/** `npm run verify`: all stages, or the named ones. `.ci/run` and the GitHub workflow call it. */
import { spawnSync } from 'node:child_process';
import { readOrExit } from '../../infra/cli/usage.ts';
import { listStages, readStages, USAGE } from './options.ts';
import type { Stage } from './stages.ts';

const stages = await readOrExit(USAGE, () => readStages(process.argv.slice(2)));
if (stages === 'list') process.stdout.write(listStages());
else process.exitCode = verify(stages);

function verify(stages: readonly Stage[]): number {
  for (const stage of stages) {
    for (const command of stage.commands) {
      process.stdout.write(`\n== ${stage.name}: npm ${command.join(' ')} (${Math.round(process.uptime())} s)\n`);
      const code = run(command, stage.onNode24);
      if (code === 0) continue;
      process.stdout.write(`\nThe stage "${stage.name}" failed. Repeat it with: npm run verify -- ${stage.name}\n`);
      return code;
    }
  }
  process.stdout.write(
    `\nall passed: ${stages.map(({ name }) => name).join(', ')} (${Math.round(process.uptime())} s)\n`,
  );
  return 0;
}

function run(command: readonly string[], onNode24 = false): number {
  const env = { ...process.env, npm_config_update_notifier: 'false' };
  const isNode24 = process.versions.node.startsWith('24.');
  // The Node of the npx package comes first in PATH, so npm and its scripts run on it.
  const [file, ...args] =
    onNode24 && !isNode24 ? ['npx', '-y', '-p', 'node@24', '-c', `npm ${command.join(' ')}`] : ['npm', ...command];
  const { status, error } = spawnSync(file ?? 'npm', args, { env, stdio: ['ignore', 'inherit', 'inherit'] });
  if (error) throw error;
  return status ?? 1;
}

/** Runs commands as a stranger would: outside of the repository, with nothing of it in reach. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter } from 'node:path';
import { ROOT } from '../../infra/roots.ts';
import { withoutSettings } from '../servers/environment.ts';

export interface Shell {
  readonly env: NodeJS.ProcessEnv;
  /** Answers what the command wrote to its standard output. @throws Error with all it wrote when it fails */
  run(command: string, folder: string): Promise<string>;
}

/** What npm tells the scripts that it runs, and settings of this run that a stranger does not have. */
const OURS =
  /^(npm_(command|execpath|node_execpath|lifecycle_.*|package_.*|config_(local_prefix|user_agent|call|package|yes))|INIT_CWD|NODE_OPTIONS)$/;

/** @param bins folders of programs to find first */
export function createShell(bins: readonly string[] = []): Shell {
  const inherited = Object.entries(withoutSettings(process.env)).filter(([name]) => !OURS.test(name));
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.startsWith(ROOT));
  const env = {
    ...Object.fromEntries(inherited),
    PATH: [...bins, ...path].join(delimiter),
    npm_config_update_notifier: 'false',
  };
  return {
    env,
    async run(command, folder) {
      const child = spawn('bash', ['-c', command], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
      const [out, all]: [Buffer[], Buffer[]] = [[], []];
      child.stdout.on('data', (part: Buffer) => all.push(part) && out.push(part));
      child.stderr.on('data', (part: Buffer) => all.push(part));
      const [code] = await once(child, 'close');
      if (code !== 0) throw new Error(`${command} failed (${code}) in ${folder}:\n${Buffer.concat(all)}`);
      return Buffer.concat(out).toString();
    },
  };
}

/** The host of `npm start` as a process that can be killed. It never outlives this process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ROOT } from '../../infra/roots.ts';
import { withoutSettings } from '../servers/environment.ts';

export interface HostProcess {
  /** When it became ready (ms since the epoch). Rejects if it ends before. */
  readonly ready: Promise<number>;
  readonly exited: Promise<unknown>;
  /** Of the serving process. */
  readonly pid: number;
  /** Sends SIGKILL to the serving process itself. */
  kill(): void;
  /** Sends SIGSTOP: the process is paused without noticing. */
  pause(): void;
  /** SIGCONT */
  resume(): void;
}

export interface HostProcessOptions {
  readonly port: number;
  readonly dataDir: string;
  /** Additional environment variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** The checkout it runs from. Default: this one. */
  readonly root?: string;
  /** A module to preload. */
  readonly preload?: string;
  readonly onLine: (line: string) => void;
}

const alive = new Set<ChildProcess>();
const folders: string[] = [];
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));

export function startHostProcess({
  port,
  dataDir,
  env,
  root = ROOT,
  preload,
  onLine,
}: HostProcessOptions): HostProcess {
  const inherited = withoutSettings(process.env);
  const imports = ['tsx', ...(preload === undefined ? [] : [preload])].flatMap((module) => ['--import', module]);
  const child = spawn(process.execPath, [...imports, 'infra/local/main.ts'], {
    cwd: root,
    env: { ...inherited, PORT: String(port), LOCAL_DIR: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  alive.add(child);
  const exited = once(child, 'exit').finally(() => alive.delete(child));
  const errors: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  const ready = new Promise<number>((done, failed) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('API ')) done(Date.now());
      onLine(line);
    });
    exited.then(
      ([code]) => failed(new Error(`The host ended with ${code} before it was ready.\n${errors.join('\n')}`)),
      failed,
    );
  });
  // A host killed during its start is a failure only for callers that wait for it.
  ready.catch(() => undefined);
  return {
    ready,
    exited,
    pid: child.pid ?? 0,
    kill: () => void child.kill('SIGKILL'),
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  };
}

/** A folder that is deleted with this process. */
export async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'flow-crash-'));
  folders.push(folder);
  return folder;
}

/** A free port that the host keeps over restarts, so callback URLs stay valid. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((done) => server.close(() => done()));
  return port;
}

/** A server as a child process on a loopback port: ready when it answers, ended with its parent. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { HANG_MS } from '../limits.ts';
import { TOOLS } from './install/install.ts';

export interface Server {
  /** `http://127.0.0.1:<port>` */
  readonly endpoint: string;
  close(): Promise<void>;
}

export interface ServerOptions {
  /** Names the log: `.tools/logs/<name>.log`. */
  readonly name: string;
  readonly port: number;
  readonly command: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Default: any answer to `GET /`. */
  readonly path?: string;
  /** The signal that ends it; default SIGTERM. */
  readonly signal?: 'TERM' | 'KILL';
}

// Ends the server when stdin closes, however the parent ended, and ends with the server.
const SHELL =
  'signal=$1; shift; exec 3<&0; "$@" 3<&- & pid=$!; { cat <&3 >/dev/null; kill -s "$signal" "$pid" 2>/dev/null; } & wait "$pid"';

/** @throws Error with the end of the log when it does not become ready */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { name, port, command, cwd, env, path = '/', signal = 'TERM' } = options;
  await mkdir(join(TOOLS, 'logs'), { recursive: true });
  const logFile = join(TOOLS, 'logs', `${name}.log`);
  const log = await open(logFile, 'w');
  const child = spawn('/bin/sh', ['-c', SHELL, 'sh', signal, ...command], {
    stdio: ['pipe', log.fd, log.fd],
    env: { ...process.env, ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  const exited = once(child, 'exit');
  await log.close();
  const endpoint = `http://127.0.0.1:${port}`;
  const close = async () => {
    child.stdin?.end();
    await exited;
  };
  const deadline = Date.now() + HANG_MS;
  while (!(await answers(`${endpoint}${path}`))) {
    if (child.exitCode === null && Date.now() < deadline) continue;
    await close();
    throw new Error(`${name} did not come up:\n${(await readFile(logFile, 'utf8')).slice(-2_000)}`);
  }
  return { endpoint, close };
}

/** Waits briefly when there is no answer. */
async function answers(url: string): Promise<boolean> {
  try {
    await (await fetch(url, { signal: AbortSignal.timeout(2_000) })).arrayBuffer();
    return true;
  } catch {
    await new Promise((done) => setTimeout(done, 100));
    return false;
  }
}

/** A port that was free at this moment. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('No port is free.');
  return address.port;
}

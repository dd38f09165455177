/**
 * AWS's own runtime client for Node, and as much of Lambda's runtime API as it asks for. Needs Node 22 or later and, to be
 * installed, make, cmake and a C++ compiler.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { installed, run } from '../install/install.ts';

const VERSION = '4.0.2';

/** The result of an invocation. */
export type Outcome =
  | { readonly kind: 'response'; readonly body: unknown }
  | { readonly kind: 'error'; readonly body: { readonly errorType?: string; readonly errorMessage?: string } }
  /** The process was killed at the deadline. */
  | { readonly kind: 'timeout' }
  /** The process exited. */
  | { readonly kind: 'exit' };

export interface LambdaEnvironment {
  /** Milliseconds from the start of the process to its first request for work. */
  readonly coldStartMs: number;
  /** One at a time. The process is stopped before and after, as on Lambda. */
  invoke(event: unknown, timeoutMs: number): Promise<Outcome>;
  /** Its output. */
  readonly output: () => string;
  readonly isAlive: () => boolean;
  close(): Promise<void>;
}

export interface LambdaOptions {
  /** Folder and file of the handler: `<root>/<file>.mjs` exports `handler`. */
  readonly root: string;
  readonly file: string;
  readonly env: Readonly<Record<string, string>>;
}

export async function installRuntimeClient(): Promise<string> {
  return installed(`aws-lambda-ric-${VERSION}`, async (part) => {
    // Its native part compiles at installation.
    const allowScripts = { [`aws-lambda-ric@${VERSION}`]: true };
    await writeFile(join(part, 'package.json'), JSON.stringify({ private: true, allowScripts }));
    await run('npm', ['install', '--no-audit', '--no-fund', `aws-lambda-ric@${VERSION}`], part);
  });
}

interface Work {
  readonly id: string;
  readonly event: unknown;
  readonly deadline: number;
  readonly done: (outcome: Outcome) => void;
}

export async function startLambda({ root, file, env }: LambdaOptions): Promise<LambdaEnvironment> {
  const folder = await installRuntimeClient();
  let waiting: ServerResponse | undefined;
  let work: Work | undefined;
  let asked: () => void = () => undefined;
  const firstAsk = new Promise<void>((resolve) => {
    asked = resolve;
  });

  const give = () => {
    if (!waiting || !work) return;
    const { id, event, deadline } = work;
    waiting.writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': id,
      'lambda-runtime-deadline-ms': String(deadline),
      'lambda-runtime-invoked-function-arn': `arn:aws:lambda:us-east-1:000000000000:function:${file}`,
    });
    waiting.end(JSON.stringify(event));
    waiting = undefined;
  };
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    const path = request.url ?? '';
    if (path.endsWith('/invocation/next')) {
      waiting = response;
      asked();
      give();
      return;
    }
    const body = await bodyOf(request);
    response.writeHead(202).end();
    const current = work;
    work = undefined;
    if (path.endsWith('/response')) current?.done({ kind: 'response', body: body === '' ? null : JSON.parse(body) });
    else if (path.endsWith('/error')) current?.done({ kind: 'error', body: JSON.parse(body) as object });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const begun = performance.now();
  const child: ChildProcess = spawn(process.execPath, [join(folder, 'node_modules/aws-lambda-ric/index.mjs')], {
    env: {
      PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}`,
      _HANDLER: `${file}.handler`,
      LAMBDA_TASK_ROOT: root,
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
      AWS_LAMBDA_FUNCTION_NAME: file,
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
      AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${file}`,
      AWS_LAMBDA_LOG_STREAM_NAME: 'local',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part: Buffer) => output.push(part));
  const exited = once(child, 'exit').then(() => work?.done({ kind: 'exit' }));
  const text = () => Buffer.concat(output).toString();
  await Promise.race([
    firstAsk,
    exited.then(() => {
      throw new Error(`The runtime client ended before it asked for work:\n${text()}`);
    }),
  ]);
  const coldStartMs = performance.now() - begun;
  const isAlive = () => child.exitCode === null && child.signalCode === null;
  child.kill('SIGSTOP');

  return {
    coldStartMs,
    output: text,
    isAlive,
    async invoke(event, timeoutMs) {
      const deadline = Date.now() + timeoutMs;
      let timer: NodeJS.Timeout | undefined;
      const outcome = new Promise<Outcome>((done) => {
        work = { id: randomUUID(), event, deadline, done };
        timer = setTimeout(() => {
          child.kill('SIGKILL');
          done({ kind: 'timeout' });
        }, timeoutMs);
      });
      child.kill('SIGCONT');
      give();
      const result = await outcome.finally(() => clearTimeout(timer));
      // Frozen with any work left running.
      child.kill('SIGSTOP');
      return result;
    },
    async close() {
      child.kill('SIGKILL');
      await exited;
      server.closeAllConnections();
      server.close();
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString();
}

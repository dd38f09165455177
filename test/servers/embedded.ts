/** The embedded DynamoDB and SQS in a separate process, so they share no event loop and can be killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { startEmbedded } from '../../infra/local/endpoint/embedded.ts';

export interface EmbeddedProcess {
  readonly endpoint: string;
  /** Sends SIGKILL: data in memory is lost. */
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** @param options.dataDir keeps the tables on disk; queues are always in memory */
export async function startEmbeddedProcess(
  options: { readonly dataDir?: string; readonly port?: number } = {},
): Promise<EmbeddedProcess> {
  const file = fileURLToPath(import.meta.url);
  const args = ['--import', 'tsx', file, JSON.stringify(options)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const endpoint = await Promise.race([
    once(lines, 'line').then(([line]) => String(line)),
    exited.then(([code]) => {
      throw new Error(`The embedded servers ended with code ${code} before they were up.`);
    }),
  ]);
  return {
    endpoint,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
    async close() {
      child.stdin.end();
      await exited;
    },
  };
}

// As a program it ends with its stdin, so it never outlives its parent.
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const servers = await startEmbedded(JSON.parse(process.argv[2] ?? '{}') as Parameters<typeof startEmbedded>[0]);
  process.stdout.write(`${servers.endpoint}\n`);
  process.stdin.resume().on('end', () => process.exit(0));
}

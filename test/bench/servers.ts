/** The embedded servers in a process of their own, so that what is measured does not share its event loop with them. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { startEmbedded } from '../../infra/local/embedded.ts';

export interface Servers {
  readonly endpoint: string;
  close(): Promise<void>;
}

export async function startServers(): Promise<Servers> {
  const file = fileURLToPath(import.meta.url);
  const child = spawn(process.execPath, ['--import', 'tsx', file], { stdio: ['pipe', 'pipe', 'inherit'] });
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
    async close() {
      child.stdin.end();
      await exited;
    },
  };
}

// As a program it ends with its input, so that it never outlives who started it, however that ends.
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const servers = await startEmbedded();
  process.stdout.write(`${servers.endpoint}\n`);
  process.stdin.resume().on('end', () => process.exit(0));
}

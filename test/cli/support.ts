/** The command line as a child process, built once: loading its sources takes longer than most commands. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startHost } from '../../infra/local/host.ts';
import { ROOT } from '../../infra/roots.ts';
import { HANG_MS } from '../limits.ts';
import { bundleTests } from '../quick/bundle.ts';
import { withoutSettings } from '../servers/environment.ts';

const APP = fileURLToPath(new URL('app.ts', import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Cli {
  /** As typed into a shell, after the name of the program; or with `$CLI` in its place. */
  run(line: string, env?: Readonly<Record<string, string>>, cwd?: string): Promise<Ran>;
  /** For a line of a shell: the program itself. */
  readonly program: string;
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
  close(): Promise<void>;
}

/** @param url of the service, for commands that name none */
export async function openCli(url: string): Promise<Cli> {
  const local = join(ROOT, '.local');
  await mkdir(local, { recursive: true });
  const outDir = await mkdtemp(join(local, 'cli-'));
  const [file = assert.fail('not built')] = await bundleTests([{ name: 'cli', files: ['infra/cli.ts'] }], outDir);
  const inherited = withoutSettings(process.env);
  const env = { ...inherited, FLOW_URL: url, AWS_EC2_METADATA_DISABLED: 'true', NO_COLOR: '1' };
  const program = `'${process.execPath}' '${file}'`;
  return {
    ...{ program, file, env },
    async run(line, more = {}, cwd = ROOT) {
      const script = line.includes('$CLI') ? line.replaceAll('$CLI', program) : `exec ${program} ${line}`;
      const child = spawn('bash', ['-c', script], {
        ...{ cwd, env: { ...env, ...more } },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const [out, err]: [Buffer[], Buffer[]] = [[], []];
      child.stdout.on('data', (part: Buffer) => out.push(part));
      child.stderr.on('data', (part: Buffer) => err.push(part));
      const [code] = await once(child, 'close', { signal: AbortSignal.timeout(HANG_MS) });
      return { code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
    },
    close: () => rm(outDir, { recursive: true }),
  };
}

interface Seen {
  readonly status: string;
  readonly interrupts: readonly { readonly interruptId: string }[];
  readonly doing?: readonly { readonly state: string }[];
}

interface Begun {
  readonly activationId: string;
  readonly rerun?: true;
}

/** Calls of the service itself, to prepare what commands find. */
function serviceAt(url: string) {
  const view = async (id: string) => (await (await fetch(`${url}/executions/${id}`)).json()) as Seen;
  const find = async (id: string, isWanted: (seen: Seen) => boolean): Promise<void> => {
    const end = Date.now() + HANG_MS;
    for (;;) {
      const seen = await view(id);
      if (isWanted(seen)) return;
      assert.ok(Date.now() < end, `${id} is still ${JSON.stringify(seen)}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  };
  return {
    view,
    find,
    /** Id of the first activation that has begun. */
    async begun(id: string): Promise<string> {
      for (const end = Date.now() + HANG_MS; Date.now() < end; ) {
        const { items } = (await (await fetch(`${url}/executions/${id}/history?wait=5`)).json()) as { items: Begun[] };
        const found = items.find(({ rerun }) => rerun);
        if (found) return found.activationId;
      }
      return assert.fail(`nothing of ${id} has begun`);
    },
    async start(flow: string, id: string, input?: unknown): Promise<void> {
      const headers = { 'content-type': 'application/json', 'idempotency-key': id };
      const body = JSON.stringify(input === undefined ? {} : { input });
      const answer = await fetch(`${url}/flows/${flow}/executions`, { method: 'POST', headers, body });
      assert.equal(answer.status, 202, await answer.text());
    },
    reach: (id: string, wanted: string) => find(id, ({ status }) => status === wanted),
  };
}

export const REFUND = { ticket: 'T-1', amountCents: 50_000, reason: 'arrived broken' };

/** Each starts an execution and waits until it is there. */
function preparedBy({ start, reach, find }: ReturnType<typeof serviceAt>) {
  return {
    async waiting(id: string): Promise<void> {
      await start('refund-approval', id, REFUND);
      await reach(id, 'waiting');
    },
    async failed(id: string): Promise<void> {
      await start('failing', id, 'ann');
      await reach(id, 'failed');
    },
    /** A small refund ends by itself. */
    async small(id: string): Promise<void> {
      await start('refund-approval', id, { ...REFUND, amountCents: 500 });
      await reach(id, 'completed');
    },
    async retrying(id: string): Promise<void> {
      await start('flaky', id);
      await find(id, ({ doing = [] }) => doing.some(({ state }) => state === 'retrying'));
    },
    async open(id: string): Promise<void> {
      await start('talk', id);
      await reach(id, 'idle');
    },
  };
}

/** The command line and the service of `npm start`, with the app of these tests. */
export interface Trial {
  readonly cli: Cli;
  readonly service: ReturnType<typeof serviceAt>;
  readonly prepare: ReturnType<typeof preparedBy>;
  close(): Promise<void>;
}

export async function openTrial(): Promise<Trial> {
  const folder = await mkdtemp(join(tmpdir(), 'flow-cli-'));
  const host = await startHost({ port: 0, dataDir: folder, app: APP });
  const closeHost = async () => {
    await host.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const cli = await openCli(host.url);
    const close = async () => {
      await cli.close();
      await closeHost();
    };
    const service = serviceAt(host.url);
    return { cli, service, prepare: preparedBy(service), close };
  } catch (error) {
    await closeHost();
    throw error;
  }
}

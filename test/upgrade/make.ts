/**
 * `npx tsx test/upgrade/make.ts [commit]`: makes the data folder of an old version anew. It starts the local host of that version
 * from a worktree of git, brings each case to its point, kills the host and packs the folder.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT } from '../../infra/roots.ts';
import { until } from '../crash/door.ts';
import { freePort, startHostProcess, tempFolder } from '../crash/host-process.ts';
import { CASES, type Case } from './cases.ts';
import { type Door, openDoor } from './door.ts';
import type { Note } from './flows/journal.ts';
import { JOURNAL, type Link, RECORD, type Recorded } from './record.ts';

const [commit = 'f3847b0'] = process.argv.slice(2);
const HERE = fileURLToPath(new URL('.', import.meta.url));

const worktree = join(await tempFolder(), 'old');
const dataDir = await tempFolder();
const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, stdio: 'inherit' });
git('worktree', 'add', '--detach', worktree, commit);
try {
  execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: worktree, stdio: 'inherit' });
  cpSync(join(HERE, 'app.ts'), join(worktree, 'test/upgrade/app.ts'));
  cpSync(join(HERE, 'flows'), join(worktree, 'test/upgrade/flows'), { recursive: true });
  await make();
  const files = ['dynamodb', 'callback-key.json', RECORD, JOURNAL];
  execFileSync('tar', ['-czf', join(HERE, `${commit}.tgz`), '-C', dataDir, ...files]);
} finally {
  git('worktree', 'remove', '--force', worktree);
}

async function make(): Promise<void> {
  const journal = join(dataDir, JOURNAL);
  const port = await freePort();
  const host = startHostProcess({
    port,
    dataDir,
    root: worktree,
    env: { FLOW_APP: 'test/upgrade/app.ts', UPGRADE_HOLD: 'yes', UPGRADE_JOURNAL: journal },
    onLine: (line) => process.stdout.write(`${line}\n`),
  });
  try {
    await host.ready;
    const door = openDoor(`http://127.0.0.1:${port}`);
    // A held chunk takes one of the eight invocations that the host runs at once.
    const free = CASES.filter(({ held = 0 }) => held === 0);
    const held = CASES.filter((each) => !free.includes(each));
    for (const each of [...free, ...held]) await bring(door, each, journal);
    const rest = await gather(door);
    host.kill();
    await host.exited;
    const record: Recorded = { commit, killedAt: Date.now(), answered: door.answered, ...rest };
    writeFileSync(join(dataDir, RECORD), JSON.stringify(record));
  } finally {
    host.kill();
  }
}

async function bring(door: Door, each: Case, journal: string): Promise<void> {
  const { id, flow, input = null, options, before, at, held = 0 } = each;
  const body = { input, ...(options ? { options: options(Date.now()) } : {}) };
  await door.post(`/flows/${flow}/executions`, body, id);
  await before?.(door, id);
  await door.reach(id, 'its point', at);
  await until(() => (heldOf(journal, id) >= held ? true : undefined), `${id} is held ${held} times`, 30_000);
}

function heldOf(journal: string, id: string): number {
  if (!existsSync(journal)) return 0;
  const notes = readFileSync(journal, 'utf8').split('\n').slice(0, -1);
  return notes.filter((line) => (JSON.parse(line) as Note).execution === id).length;
}

async function gather(door: Door): Promise<Pick<Recorded, 'links' | 'documents' | 'fingerprints'>> {
  const links: Link[] = [];
  const documents: Record<string, unknown> = {};
  for (const { id, saved } of CASES) {
    links.push(...(await door.links(id)));
    if (saved) documents[id] = await door.get(`/executions/${id}/snapshot`);
  }
  const { items } = (await door.get('/flows')) as { items: { flow: string; fingerprint?: string }[] };
  const fingerprints = items.flatMap(({ flow, fingerprint }) =>
    fingerprint === undefined ? [] : [[flow, fingerprint]],
  );
  return { links, documents, fingerprints: Object.fromEntries(fingerprints) };
}

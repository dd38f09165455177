/** An option of executions is one row: a copy of the library with one row more has it at every door. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);

const TABLE = 'lib/flow/options/execution.ts';
const END = '} satisfies Readonly<Record<string, Row>>;';
const ROW = '  priority: { given: atLeastOne, inFlow: true, lowerOnly: true, inView: true },\n';

/** What a user writes who has the option. */
const USE = `
import { createApiHandler } from './lib/adapters/lambda/routes/api.ts';
import { defineApp, defineFlow, type ExecutionDefaults, exportFlow, importFlow } from './lib/index.ts';
import { createTestkit } from './lib/testing.ts';
import { makeLink, recorder, request } from './test/lambda/support.ts';

const code = { chunks: { a: () => 1 } };
const execution: ExecutionDefaults = { priority: 5, autoClose: false };
export const flow = defineFlow({ name: 'f', execution });
flow.to('a', code.chunks.a);
export const document = exportFlow(flow);

function rig(own: typeof flow | ReturnType<typeof importFlow>) {
  const app = defineApp({ flows: [own], resources: {} });
  const kit = createTestkit(app);
  const { client } = kit;
  const api = createApiHandler({ ...kit.ports, app, client, makeLink, log: recorder().log });
  const shown = async (id: string): Promise<number | undefined> => (await client.get(id))?.priority;
  return { client, api, shown };
}

export async function byFlow() {
  const { client, shown } = rig(flow);
  await client.start('f', null, { id: 'x' });
  return shown('x');
}
export async function byClient(priority: number) {
  const { client, shown } = rig(flow);
  await client.start('f', null, { id: 'x', priority });
  return shown('x');
}
export async function byHttp(priority: unknown) {
  const { api, shown } = rig(flow);
  const body = JSON.stringify({ options: { priority } });
  const started = await api(request('POST /flows/{flow}/executions', { path: { flow: 'f' }, body, headers: { 'idempotency-key': 'x' } }));
  if (started.statusCode !== 202) return JSON.parse(started.body);
  const got = await api(request('GET /executions/{id}', { path: { id: 'x' } }));
  return [await shown('x'), JSON.parse(got.body).priority];
}
export async function byList() {
  const { client } = rig(flow);
  await client.start('f', null, { priority: 2 });
  return (await client.list({ limit: 1 })).items[0]?.priority;
}
export async function byDocument(changed: object = document) {
  const { client, shown } = rig(importFlow(changed, code));
  await client.start('f', null, { id: 'x' });
  return shown('x');
}
export async function bySnapshot(priority: number, change: (options: Record<string, unknown>) => void = () => {}) {
  const { client, shown } = rig(flow);
  await client.start('f', null, { id: 'x', priority });
  const saved = structuredClone(await client.save('x'));
  if (!saved) return undefined;
  change(saved.head.options as unknown as Record<string, unknown>);
  await client.load(saved, { id: 'y' });
  return [saved.head.options.priority, await shown('y')];
}
`;

interface Use {
  readonly document: { readonly execution: { readonly priority?: unknown } };
  byFlow(): Promise<unknown>;
  byClient(priority: unknown): Promise<unknown>;
  byHttp(priority: unknown): Promise<unknown>;
  byList(): Promise<unknown>;
  byDocument(changed?: object): Promise<unknown>;
  bySnapshot(priority: number, change?: (options: Record<string, unknown>) => void): Promise<unknown>;
}

describe('a row in the table of execution options', () => {
  let copy: string;
  let use: Use;

  before(async () => {
    copy = await mkdtemp(join(tmpdir(), 'one-row-'));
    for (const path of ['lib', 'package.json', 'tsconfig.json', 'test/lambda/support.ts']) {
      await cp(join(root, path), join(copy, path), { recursive: true });
    }
    await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
    const table = await readFile(join(copy, TABLE), 'utf8');
    assert.equal(table.split(END).length, 2, `${TABLE} ends with ${END}`);
    await writeFile(join(copy, TABLE), table.replace(END, ROW + END));
    await writeFile(join(copy, 'use.ts'), USE);
    await mkdir(join(copy, 'types'));
    await writeFile(
      join(copy, 'types/tsconfig.json'),
      JSON.stringify({ extends: '../tsconfig.json', include: ['../use.ts', '../lib'] }),
    );
    use = await import(pathToFileURL(join(copy, 'use.ts')).href);
  });
  after(() => rm(copy, { recursive: true, force: true }));

  it('is an option to the types of flows, starts, heads and views', async () => {
    const { stdout } = await run(join(root, 'node_modules/.bin/tsc'), ['-p', join(copy, 'types')]).catch(
      (error: { stdout: string }) => error,
    );
    assert.equal(stdout, '');
  });

  it('is taken from the flow, and from a start that says it', async () => {
    assert.equal(await use.byFlow(), 5, 'by the flow');
    assert.equal(await use.byClient(9), 9, 'by the start');
  });

  it('is refused by its name where it does not fit', async () => {
    await assert.rejects(use.byClient(0), {
      code: 'invalid_request',
      message: 'priority of the start of flow "f" is 0: use a whole number of at least 1.',
    });
  });

  it('is an option over HTTP, which only lowers what the flow says', async () => {
    assert.deepEqual(await use.byHttp(4), [4, 4]);
    const { code, path } = Object(await use.byHttp(6));
    assert.deepEqual([code, path], ['invalid_request', 'body.options.priority']);
    const wrong = Object(await use.byHttp('high'));
    assert.deepEqual([wrong.code, wrong.path], ['invalid_request', 'body.options.priority']);
  });

  it('is shown in lists', async () => assert.equal(await use.byList(), 2));

  it('is in the document of a flow, and comes back', async () => {
    const { document } = use;
    assert.equal(document.execution.priority, 5);
    assert.equal(await use.byDocument(), 5);
    await assert.rejects(use.byDocument({ ...document, execution: { priority: 'high' } }), {
      code: 'definition_invalid',
      message: /execution\.priority: use a whole number of at least 1/,
    });
  });

  it('is in a snapshot, and comes back', async () => {
    assert.deepEqual(await use.bySnapshot(3), [3, 3]);
    const change = (options: Record<string, unknown>) => {
      options.priority = 'high';
    };
    await assert.rejects(use.bySnapshot(3, change), { code: 'snapshot_invalid', message: /head\.options\.priority/ });
  });
});

/**
 * `npm run test:upgrade`: the present version takes over the data folder of an older one. Executions of every kind go on from
 * where the old version was killed, old callback links work, and fingerprints of unchanged flows are the same.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Json } from '../../lib/flow/json.ts';
import { createTestkit } from '../../lib/testing.ts';
import { call } from '../crash/door.ts';
import { freePort, type HostProcess, startHostProcess, tempFolder } from '../crash/host-process.ts';
import { CASES, type Case } from './cases.ts';
import { type Door, openDoor, type View } from './door.ts';
import type { Note } from './flows/journal.ts';
import { JOURNAL, RECORD, type Recorded } from './record.ts';

const VERSIONS = ['f3847b0'];
const TWO_HOURS = 2 * 3_600_000;
const HERE = fileURLToPath(new URL('.', import.meta.url));

for (const version of VERSIONS) {
  const dataDir = await tempFolder();
  execFileSync('tar', ['-xzf', join(HERE, `${version}.tgz`), '-C', dataDir]);
  const record = JSON.parse(readFileSync(join(dataDir, RECORD), 'utf8')) as Recorded;

  describe(`a data folder of ${version}`, { concurrency: true }, () => {
    let host: HostProcess;
    let url: string;
    let door: Door;

    before(async () => {
      const port = await freePort();
      url = `http://127.0.0.1:${port}`;
      host = startHostProcess({
        port,
        dataDir,
        preload: './test/upgrade/clock.ts',
        env: {
          FLOW_APP: 'test/upgrade/app.ts',
          UPGRADE_JOURNAL: join(dataDir, JOURNAL),
          UPGRADE_SHIFT: String(record.killedAt + TWO_HOURS - Date.now()),
        },
        onLine: () => undefined,
      });
      await host.ready;
      door = openDoor(url);
    });
    after(async () => {
      host.kill();
      await host.exited;
    });

    for (const each of CASES) {
      it(`continues "${each.id}"`, async () => {
        for (const link of linksOf(record, each.id)) await door.answer(link, each.answer?.(link));
        await each.after?.(door, each.id);
        const { status = 'completed' } = each;
        const view = await door.reach(each.id, status, (now) => now.status === status);
        assert.deepEqual(stateOf(view), each.state);
      });
    }

    it('repeats an answer with the same bytes', async () => {
      assert.ok(record.answered.length > 0);
      for (const { path, body, text } of record.answered) {
        const reply = await call(`${url}${path}`, { method: 'POST', body });
        assert.deepEqual(reply, { status: 200, text, replayed: true });
      }
    });

    it('recognizes a repeated start', async () => {
      const started = await door.post('/flows/up-next/executions', { input: 'sure?' }, 'done');
      assert.equal((started as { executionId: string }).executionId, 'done');
      const other = await call(`${url}/flows/up-next/executions`, {
        method: 'POST',
        body: { input: 'no' },
        key: 'done',
      });
      assert.equal(other.status, 409);
    });

    it('continues a stream', async () => {
      await door.reach('stream', 'completed', ({ status }) => status === 'completed');
      const { items } = (await door.get('/executions/stream/stream')) as { items: { item: unknown }[] };
      const own = items.map(({ item }) => item).filter((item) => typeof item === 'string');
      assert.deepEqual(own, ['one', 'two']);
    });

    it('has the same fingerprints', async () => {
      const { items } = (await door.get('/flows')) as { items: { flow: string; fingerprint?: string }[] };
      const now = new Map(items.map(({ flow, fingerprint }) => [flow, fingerprint]));
      for (const [flow, fingerprint] of Object.entries(record.fingerprints))
        assert.equal(now.get(flow), fingerprint, flow);
      assert.ok(Object.keys(record.fingerprints).length >= 20);
    });
  });

  describe(`chunks that ${version} had begun`, () => {
    it('have run again under the same keys', () => {
      const notes = readFileSync(join(dataDir, JOURNAL), 'utf8').split('\n').slice(0, -1);
      const keys = new Map<string, string>();
      let repeated = 0;
      for (const { execution, chunk, value, key } of notes.map((line) => JSON.parse(line) as Note)) {
        const place = JSON.stringify([execution, chunk, value]);
        if (keys.has(place)) repeated += 1;
        assert.equal(keys.get(place) ?? key, key, place);
        keys.set(place, key);
      }
      const held = CASES.map(({ held: count = 0 }) => count).reduce((sum, count) => sum + count);
      assert.ok(repeated >= held, `${repeated} of ${held} were repeated`);
    });
  });

  describe(`documents that ${version} has saved`, () => {
    for (const each of CASES.filter(({ saved }) => saved)) {
      it(`go on elsewhere: "${each.id}"`, async () => {
        assert.deepEqual(await continueDocument(record.documents[each.id], each), each.state);
      });
    }
  });
}

function linksOf(record: Recorded, id: string) {
  const { answer } = CASES.find((each) => each.id === id) ?? {};
  return answer ? record.links.filter(({ executionId }) => executionId === id) : [];
}

/** After the close the result is the state, with the interventions. */
function stateOf({ result, state = {} }: View): Readonly<Record<string, unknown>> {
  const { $interventions: _, ...values } = result ?? state;
  return values;
}

/** Loads a document into a new process with empty stores, and answers its waits. */
async function continueDocument(document: unknown, { id, answer }: Case): Promise<unknown> {
  process.env.UPGRADE_JOURNAL = '/dev/null';
  const { default: app } = await import('./app.ts');
  const kit = createTestkit(app);
  await kit.client.load(document);
  await kit.drain();
  const { items } = await kit.client.interrupts({ limit: 100 });
  for (const { interruptId, payload } of items) {
    const value = answer?.({ executionId: id, interruptId, path: '', payload }) as Json;
    const { kind } = await kit.client.resume(id, interruptId, { value });
    assert.equal(kind, 'accepted');
  }
  await kit.drain();
  const view = await kit.client.get(id);
  assert.equal(view?.status, 'completed', JSON.stringify(view));
  return view?.state;
}

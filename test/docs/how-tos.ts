/** What the how-tos of functions/README.md do, by the names of their modules. */
import assert from 'node:assert/strict';
import type { AnyFlow, App } from '../../lib/index.ts';
import type { ExecutionView } from '../../lib/runtime/client/types.ts';
import { createTestkit, type Testkit } from '../../lib/testing.ts';

export type Module = Readonly<Record<string, unknown>>;
export type Checks = Readonly<Record<string, (module: Module) => Promise<void>>>;

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const appOf = (module: Module) => (module as { default: App }).default;

/** The execution of a start, after everything that is due. */
async function run(kit: Testkit, flow: string, input: unknown, id = 'x') {
  await kit.client.start(flow, input, { id });
  await kit.drain();
  return viewOf(kit, id);
}

async function viewOf(kit: Testkit, id = 'x') {
  return (await kit.client.get(id)) ?? assert.fail(`there is no ${id}`);
}

interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

export const HOW_TOS: Checks = {
  async 'crashes.ts'(module) {
    const { crash, before, after, made } = module as {
      readonly crash: object;
      readonly before: ExecutionView;
      readonly after: ExecutionView;
      readonly made: object;
    };
    assert.deepEqual({ ...crash }, { happened: true });
    assert.deepEqual({ before: before.status, after: after.status }, { before: 'running', after: 'completed' });
    assert.deepEqual(after.result, { receipt: 'receipt 2' });
    assert.deepEqual(made, { charges: 2, keys: 1 });
  },

  async 'approval-link.ts'(module) {
    const { createApp } = module as { createApp: (mailer: object) => App };
    const mails: [Mail, string][] = [];
    const mailer = { send: async (mail: Mail, key: string) => void mails.push([mail, key]) };
    const kit = createTestkit(createApp(mailer), {
      link: async ({ executionId }) => `https://x.example/${executionId}`,
    });
    const input = { title: 'Owls', editor: 'ann@example.com' };
    await run(kit, 'publish', input, 'late');
    const { interrupts } = await run(kit, 'publish', input, 'asked');
    assert.deepEqual(
      mails.map(([{ to, subject, text }]) => [to, subject, text]),
      ['late', 'asked'].map((id) => ['ann@example.com', 'Publish "Owls"?', `Answer here: https://x.example/${id}`]),
    );
    await kit.client.resume('asked', interrupts[0]?.interruptId ?? '', { value: { publish: true } });
    await kit.advance(8 * DAY);
    assert.deepEqual((await viewOf(kit, 'asked')).result, { published: true });
    assert.deepEqual((await viewOf(kit, 'late')).result, { published: false });
    assert.equal(new Set(mails.map(([, key]) => key)).size, 2);
  },

  async 'policy.ts'(module) {
    const kit = createTestkit(appOf(module));
    const passed = await run(kit, 'grant', { user: 'ann', role: 'reader' }, 'passed');
    assert.deepEqual(passed.result, { granted: true });
    const asked = await run(kit, 'grant', { user: 'ann', role: 'admin' }, 'asked');
    assert.equal(asked.interrupts[0]?.type, 'policy_approval');
    await kit.client.resume('asked', asked.interrupts[0]?.interruptId ?? '', { value: { approved: false } });
    await kit.drain();
    assert.deepEqual((await viewOf(kit, 'asked')).result, { granted: false });
  },

  async 'schedule.ts'(module) {
    const { report } = module as { report: AnyFlow };
    assert.deepEqual(
      report.schedules.map(({ id, input }) => [id, input]),
      [['nightly', { region: 'eu' }]],
    );
    const kit = createTestkit(appOf(module));
    assert.equal((await run(kit, 'report', { region: 'eu' })).lifecycle, 'open');
    await kit.advance(9 * MINUTE);
    assert.equal((await viewOf(kit)).lifecycle, 'open');
    await kit.advance(2 * MINUTE);
    assert.equal((await viewOf(kit)).status, 'completed');
  },

  async 'fan-out.ts'(module) {
    const { result } = await run(createTestkit(appOf(module)), 'scan', ['owl', '', 'mouse']);
    const { sizes, summary } = result as { sizes: unknown[]; summary: string };
    assert.deepEqual([sizes[0], sizes[2], summary], [3, 5, '3 texts']);
    assert.equal((sizes[1] as { error: { message: string } }).error.message, 'nothing to measure');
  },

  async 'completion.ts'(module) {
    const kit = createTestkit(appOf(module));
    const { interrupts } = await run(kit, 'offers', { hotels: ['Ada', 'Bee', 'Cay'], last: 9 });
    assert.deepEqual(interrupts.map(({ interruptId }) => interruptId).sort(), ['Ada-0', 'Bee-1', 'Cay-2']);
    for (const id of ['Cay-2', 'Ada-0']) await kit.client.resume('x', id, { value: '80 EUR' });
    assert.equal((await kit.client.resume('x', 'Bee-1', { value: '70 EUR' })).kind, 'gone');
    await kit.drain();
    const { status, result } = await viewOf(kit);
    assert.deepEqual([status, result], ['completed', { checked: 10, offers: ['0: 80 EUR', '2: 80 EUR'] }]);
  },

  async 'sub-flow.ts'(module) {
    const { result } = await run(createTestkit(appOf(module)), 'invoice', { net: 1_000, rate: 0.19 });
    assert.deepEqual(result, { rate: 0.19, tax: 190 });
  },

  async 'errors.ts'(module) {
    const { createApp } = module as { createApp: (shop: object) => App };
    const answers = ['busy', 'booked', 'sold out'];
    const keys: string[] = [];
    const shop = {
      async book(_: string, key: string) {
        keys.push(key);
        return answers[keys.length - 1];
      },
    };
    const kit = createTestkit(createApp(shop));
    await run(kit, 'booking', 'a room', 'a');
    await kit.advance(29_000);
    assert.equal(keys.length, 1);
    await kit.advance(2_000);
    assert.deepEqual((await viewOf(kit, 'a')).result, { outcome: 'booked' });
    const { result } = await run(kit, 'booking', 'a room', 'b');
    assert.deepEqual(result, { outcome: 'failed: sold out' });
    assert.deepEqual([keys.length, keys[0]], [3, keys[1]]);
  },

  async 'tasks.ts'(module) {
    const { list } = module as { list: object };
    const kit = createTestkit(appOf(module));
    const { interrupts } = await run(kit, 'plan', list);
    const [wait] = interrupts;
    assert.deepEqual([Object(wait?.payload).risk, interrupts.length], ['high', 1]);
    await kit.client.resume('x', wait?.interruptId ?? '', { value: { approved: true } });
    await kit.drain();
    const { published } = (await viewOf(kit)).result as { published: string };
    assert.deepEqual(published.split('; ').sort(), ['facts about mice', 'facts about owls']);
  },

  async 'interventions.ts'(module) {
    const kit = createTestkit(appOf(module));
    await run(kit, 'letter', 'owls');
    await kit.client.intervene('x', 'be brief', { target: 'editor' });
    await kit.client.intervene('x', 'for nobody', { target: 'nobody' });
    await kit.advance(2 * MINUTE);
    const { state, interventions = [] } = await viewOf(kit);
    assert.deepEqual(state.text, 'written with 1 hints');
    assert.deepEqual(
      interventions.map(({ status, consumers }) => [status, consumers.write?.note]),
      [
        ['inserted', 'followed'],
        ['expired', undefined],
      ],
    );
  },

  async 'stream.ts'(module) {
    const kit = createTestkit(appOf(module));
    await run(kit, 'draft', 'owls and mice');
    const page = await kit.client.readStream('x', { after: 0, limit: 10 });
    assert.deepEqual(
      page?.items.map(({ item }) => item),
      ['owls', 'and', 'mice'].map((piece) => ({ piece })),
    );
    assert.equal(page?.ended, true);
  },

  async 'snapshots.ts'({ fork, redrive, report, result }) {
    assert.deepEqual([fork, redrive, result], [{ kind: 'forked', executionId: 'f2' }, 'redriven', { done: true }]);
    assert.equal((report as { ready: boolean }).ready, true);
  },

  async 'versions.ts'(module) {
    const { orderV1, orderV2 } = module as { orderV1: AnyFlow; orderV2: AnyFlow };
    const { resources, ...rest } = appOf(module);
    const old = createTestkit({ ...rest, resources, flows: [orderV1] });
    await run(old, 'order', 'owl', 'old');
    const kit = createTestkit({ ...rest, resources, flows: [orderV1, orderV2] }, { over: old });
    await run(kit, 'order', 'owl', 'new');
    const gone = createTestkit({ ...rest, resources, flows: [orderV2] }, { over: old });
    await gone.advance(30 * MINUTE);
    assert.equal((await viewOf(gone, 'old')).status, 'blocked');
    await kit.advance(DAY);
    assert.deepEqual((await viewOf(kit, 'old')).result, { steps: ['ship'] });
    assert.deepEqual((await viewOf(kit, 'new')).result, { steps: ['pack', 'ship'] });
  },

  async 'own-process.ts'({ result, meta }) {
    assert.deepEqual([result, (meta as { status: string }).status], [{ ok: true }, 'completed']);
  },

  async 'find.ts'(module) {
    const kit = createTestkit(appOf(module));
    await run(kit, 'order', { customer: 'acme', cents: 5 });
    const { items } = await kit.client.list({ attributes: { customer: 'acme' }, limit: 5 });
    assert.deepEqual(
      items.map(({ title }) => title),
      ['Order of acme'],
    );
  },

  async 'kept.ts'(module) {
    const { keptUntil = '', closedAt = '' } = await run(createTestkit(appOf(module)), 'invoice', null);
    assert.equal(Date.parse(keptUntil) - Date.parse(closedAt), 365 * DAY);
  },

  async 'files.ts'(module) {
    const { result } = await run(createTestkit(appOf(module)), 'archive', null);
    const { file, text } = result as { file: { name: string }; text: string };
    assert.deepEqual([file.name, text], ['notes/today.txt', 'all quiet']);
  },
};

/** The story of each example flow, told by its history and compared with what happened, also when a worker dies. */
import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { channel } from 'node:diagnostics_channel';
import { describe, it } from 'node:test';
import app from '../../../functions/app.ts';
import type { App } from '../../../lib/index.ts';
import { ATTEMPTS, type AttemptInfo } from '../../../lib/runtime/chunk/attempts-channel.ts';
import type { HistoryItem } from '../../../lib/runtime/client/types.ts';
import { createKit } from '../kit.ts';

interface Story {
  readonly flow: string;
  readonly what: string;
  readonly input: unknown;
  /** Answers to the waits, in order. */
  readonly answers?: readonly unknown[];
  readonly tells: readonly string[];
  readonly result: unknown;
}

const STORIES: readonly Story[] = [
  {
    flow: 'refund-approval',
    what: 'a manager approves a large refund',
    input: { ticket: 'T-1', amountCents: 50_000, reason: 'broken' },
    answers: [{ approved: true }],
    tells: [
      'started',
      'normalize ends',
      'items_opened branches',
      'fraudScore ends',
      'policyCheck ends',
      'items_done branches',
      'askManager asks',
      'ann answers askManager',
      'signal refundSettled',
      'settle ends',
      'hears refundSettled',
      'notify ends',
      'closed: completed',
    ],
    result: { decision: { approved: true, by: 'manager' } },
  },
  {
    flow: 'orchestration',
    what: 'the parts of an incident are inspected, and an editor rejects the answer',
    input: { text: 'All is down', parts: ['api', 'web'], needsApproval: true },
    answers: [{ approved: false }],
    tells: [
      'started',
      'prepare ends',
      'classify ends',
      'listParts ends',
      'items_opened list',
      'inspect ends',
      'inspect ends',
      'items_done list',
      'combine ends',
      'keepAnswer ends',
      'askEditor asks',
      'ann answers askEditor',
      'finalize ends',
      'closed: completed',
    ],
    result: {
      request: { text: 'All is down', parts: ['api', 'web'], needsApproval: true },
      category: 'incident',
      answer: 'api: looked at because of "All is down".\nweb: looked at because of "All is down".',
      status: 'rejected',
    },
  },
  {
    flow: 'async-first',
    what: 'two searches run at once, and the headline is announced early',
    input: 'owls',
    tells: [
      'started',
      'signal topic',
      'normalize ends',
      'hears topic',
      'items_opened branches',
      'facts ends',
      'risks ends',
      'items_done branches',
      'signal headline',
      'announce ends',
      'write ends',
      'closed: completed',
    ],
    result: {
      topic: 'owls',
      announced: 'owls: a first look.\n',
      report: {
        topic: 'owls',
        facts: 'facts about owls',
        risks: 'risks about owls',
        text: 'owls: a first look.\nIt is useful.\nIt has a price.\n',
      },
    },
  },
  {
    flow: 'review-gate',
    what: 'a person publishes what the model doubts',
    input: { title: 'Owls', text: 'They always sleep.' },
    answers: [{ publish: true }],
    tells: ['started', 'gate asks', 'ann answers gate', 'gate ends', 'decide ends', 'closed: completed'],
    result: { readings: 2, decision: { publish: true, by: 'person' } },
  },
  {
    flow: 'task-list',
    what: 'a letter is sent after two searches and an approval',
    input: {
      tasks: [
        { id: 'facts', kind: 'look', inputs: 'owls' },
        { id: 'risks', kind: 'look' },
        { id: 'report', kind: 'combine', dependsOn: ['facts', 'risks'] },
        { id: 'letter', kind: 'send', dependsOn: ['report'], inputs: { to: 'ann' }, approval: { capability: 'post' } },
      ],
      input: 'mice',
    },
    answers: [{ approved: true }],
    tells: [
      'started',
      'facts ends',
      'risks ends',
      'joined',
      'report ends',
      'letter asks',
      'ann answers letter',
      'letter ends',
      'closed: completed',
    ],
    result: {
      found: { facts: 'facts about owls', risks: 'facts about mice' },
      sent: 'to ann: facts: facts about owls; risks: facts about mice',
    },
  },
  {
    flow: 'policy-approval',
    what: 'people refuse a large payment',
    input: { to: 'ann', cents: 500_000 },
    answers: [{ approved: false, reason: 'too much' }],
    tells: ['started', 'pay asks', 'ann answers pay', 'pay ends', 'closed: completed'],
    result: { outcome: { paid: false, reason: 'too much' } },
  },
];

const attempts = new AsyncLocalStorage<AttemptInfo>();
channel(ATTEMPTS).bindStore(attempts);

/** The app, with resources that note which attempts call them. */
function watched(seen: Set<string>): App {
  const note = <T extends object>(resource: T): T =>
    new Proxy(resource, {
      get(target, name) {
        const { chunk, attempt } = attempts.getStore() ?? {};
        if (chunk !== undefined) seen.add(`${chunk} ${attempt}`);
        return Reflect.get(target, name);
      },
    });
  const resources = Object.entries(app.resources ?? {}).map(([name, make]) => [
    name,
    async () => note((await make()) as object),
  ]);
  return { ...app, resources: Object.fromEntries(resources) };
}

/** Runs a story. At its `dieAt`th call of a port the first worker of each part dies. */
async function play({ flow, input, answers = [] }: Story, dieAt?: number) {
  const seen = new Set<string>();
  const kit = createKit(watched(seen));
  let calls = 0;
  let died = false;
  const work = async () => {
    if (dieAt !== undefined && !died) {
      kit.takeFirst(() => {
        calls += 1;
        died ||= calls === dieAt;
        return died ? 'dieBefore' : undefined;
      });
      await kit.clock.advance(0);
    }
    await kit.pass(180_000);
  };
  await kit.client.start(flow, input as never, { id: 'e1' });
  await work();
  for (const value of answers) {
    const [wait] = (await kit.view('e1')).interrupts;
    assert.ok(wait, 'it waits');
    await kit.client.resume('e1', wait.interruptId, { value: value as never, actor: 'ann' });
    await work();
  }
  const items: HistoryItem[] = [];
  for await (const item of kit.client.history('e1')) items.push(item);
  return { items, view: await kit.view('e1'), seen, died };
}

/** A line of the story. Begins are left out: each has an end. */
function tell({ type, chunk = '', signal, actor, kind, status }: HistoryItem): readonly string[] {
  switch (type) {
    case 'attempt_started':
    case 'attempt_vanished':
      return [];
    case 'attempt_succeeded':
      return [`${chunk} ends`];
    case 'waiting':
      return [`${chunk} asks`];
    case 'answered':
      return [`${actor} answers ${chunk}`];
    case 'signal_accepted':
      return [`signal ${signal}`];
    case 'signal_delivered':
      return [`hears ${signal}`];
    case 'closed':
      return [`closed: ${status}`];
    default:
      return [[type, kind].filter(Boolean).join(' ')];
  }
}

const beginOf = ({ chunk, attempt }: HistoryItem) => `${chunk} ${attempt}`;

/** Each attempt that reached a resource has its beginning, and each beginning an end. */
function checkAttempts(items: readonly HistoryItem[], seen: ReadonlySet<string>): void {
  const begun = items.filter(({ type }) => type === 'attempt_started').map(beginOf);
  for (const each of seen) assert.ok(begun.includes(each), `${each} ran and is not in ${begun.join()}`);
  const ends = new Set(['attempt_succeeded', 'attempt_vanished', 'attempt_failed', 'attempt_aborted', 'waiting']);
  assert.equal(items.filter(({ type }) => ends.has(type)).length, begun.length);
}

describe('the history of an example tells its story', () => {
  for (const story of STORIES) {
    it(`${story.flow}: ${story.what}`, async () => {
      const { items, view, seen } = await play(story);
      assert.deepEqual(items.flatMap(tell), story.tells);
      assert.deepEqual(view.result, story.result);
      checkAttempts(items, seen);
    });

    it(`${story.flow}, wherever a worker dies`, async () => {
      for (let dieAt = 1; ; dieAt += 1) {
        const { items, view, seen, died } = await play(story, dieAt);
        if (!died) break;
        const told = items.flatMap(tell);
        assert.deepEqual(told.toSorted(), [...story.tells].sort(), `a crash at call ${dieAt}:\n${told.join('\n')}`);
        assert.deepEqual(view.result, story.result);
        checkAttempts(items, seen);
      }
    });
  }
});

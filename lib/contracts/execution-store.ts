import assert from 'node:assert/strict';
import type { InboxEvent } from '../engine/events.ts';
import type { Head } from '../engine/head.ts';
import {
  type CommitRequest,
  type ExecutionStore,
  INBOX_LIMIT,
  type Position,
  WAKE_SHARDS,
} from '../ports/execution-store.ts';
import { describePosts } from './posts.ts';
import { answerOf, headOf, interruptOf, randomId, signalOf } from './samples.ts';
import { type Suite, suite, together } from './suite.ts';

/** The sweep time that an append sets. */
const WAKE_AT = 5_000;

/** Heads, the inbox and the indexes: of racing commits one wins. @param create a store; each call may return the same */
export function describeExecutionStore(adapter: string, create: () => Promise<ExecutionStore>): void {
  const checks = suite('ExecutionStore', adapter);
  describeCommits(checks, create);
  describeInbox(checks, create);
  describePosts(checks, create);
  describeIndexes(checks, create);
}

async function started(create: () => Promise<ExecutionStore>, part: Partial<Head> = {}) {
  const store = await create();
  const head = headOf(part);
  assert.equal(await store.create({ head }), 'created');
  return { store, head };
}

function commit(store: ExecutionStore, head: Head, rev: number, rest: Partial<CommitRequest> = {}) {
  return store.commit({ head, rev, folded: 0, exclusive: false, ...rest });
}

function append(store: ExecutionStore, head: Head, id: string) {
  return store.append(head.id, head.inc, signalOf(id), WAKE_AT);
}

async function inboxIds(store: ExecutionStore, id: string): Promise<string[]> {
  return ((await store.load(id))?.inbox ?? []).map(idOf);
}

function idOf(event: InboxEvent): string {
  if ('session' in event) return event.session;
  return event.type === 'resume' ? event.requestId : event.id;
}

function describeCommits({ check }: Suite, create: () => Promise<ExecutionStore>): void {
  check('of 20 racing creates one wins, and what it put is loaded', async () => {
    const store = await create();
    const id = randomId();
    const heads = Array.from({ length: 20 }, (_, i) => headOf({ id, fingerprint: `racer ${i}` }));
    const answers = await Promise.all(heads.map((head) => store.create({ head, wakeAt: 7 })));
    assert.equal(answers.filter((answer) => answer === 'created').length, 1);
    const winner = heads[answers.indexOf('created')];
    assert.deepEqual(await store.load(id), { head: winner, rev: 1, inbox: [], wakeAt: 7 });
  });

  check('an execution that was never created is undefined, and can not be committed', async () => {
    const store = await create();
    assert.equal(await store.load(randomId()), undefined);
    assert.equal(await commit(store, headOf(), 1), 'conflict');
    assert.equal(await store.append(randomId(), 'inc', signalOf('s'), WAKE_AT), 'refused');
  });

  check('ids that do not fit into a key are refused', async () => {
    const store = await create();
    for (const id of ['', 'a#b', 'ä', 'x'.repeat(129)]) {
      await assert.rejects(store.load(id), { code: 'invalid_request' });
      await assert.rejects(store.create({ head: headOf({ id }) }), { code: 'invalid_request' });
    }
  });

  check('of 20 racing commits on one revision one wins', async () => {
    const { store, head } = await started(create);
    const heads = Array.from({ length: 20 }, (_, i) => ({ ...head, fence: i + 1 }));
    const answers = await Promise.all(heads.map((next) => commit(store, next, 1)));
    assert.equal(answers.filter((answer) => answer === 'committed').length, 1);
    const winner = heads[answers.indexOf('committed')];
    assert.deepEqual(await store.load(head.id), { head: winner, rev: 2, inbox: [] });
  });

  check('a commit raises the revision by one and sets or clears the wake time', async () => {
    const { store, head } = await started(create);
    assert.equal(await commit(store, head, 1, { wakeAt: 50 }), 'committed');
    assert.deepEqual(await store.load(head.id), { head, rev: 2, inbox: [], wakeAt: 50 });
    assert.equal(await commit(store, head, 2), 'committed');
    assert.deepEqual(await store.load(head.id), { head, rev: 3, inbox: [] });
  });

  check('old and future revisions are refused', async () => {
    const { store, head } = await started(create);
    assert.equal(await commit(store, head, 1), 'committed');
    assert.equal(await commit(store, head, 1), 'conflict');
    assert.equal(await commit(store, head, 3), 'conflict');
    assert.equal((await store.load(head.id))?.rev, 2);
  });

  check('another incarnation is refused, though the revision fits', async () => {
    const { store, head } = await started(create);
    assert.equal(await commit(store, { ...head, inc: randomId() }, 1), 'conflict');
    assert.equal((await store.load(head.id))?.rev, 1);
  });

  check('heads of all sizes come back as they were, and share nothing with the caller', async () => {
    const { store, head } = await started(create);
    for (const [i, length] of [10, 600, 5_000, 200_000].entries()) {
      const next = { ...head, state: { text: { v: 'ü€😀'.repeat(length / 10) } } };
      assert.equal(await commit(store, next, i + 1), 'committed');
      const loaded = await store.load(head.id);
      assert.deepEqual(loaded?.head, next);
      loaded?.head.outbox.push({ kind: 'drop', id: 'o', refs: [] });
      next.state.text = { v: 'changed after the commit' };
      assert.notDeepEqual((await store.load(head.id))?.head, next);
      assert.deepEqual((await store.load(head.id))?.head.outbox, []);
    }
  });
}

function describeInbox({ check }: Suite, create: () => Promise<ExecutionStore>): void {
  check('appends need no revision and keep their order', async () => {
    const { store, head } = await started(create);
    for (const id of ['a', 'b', 'c']) assert.equal(await append(store, head, id), 'appended');
    assert.deepEqual(await store.load(head.id), {
      head,
      rev: 1,
      inbox: ['a', 'b', 'c'].map(signalOf),
      wakeAt: WAKE_AT,
    });
  });

  check('an append for another incarnation, or to a sealed or closed one, is refused', async () => {
    const { store, head } = await started(create);
    assert.equal(await store.append(head.id, randomId(), signalOf('a'), WAKE_AT), 'refused');
    const sealed: Head = { ...head, lifecycle: 'sealed' };
    assert.equal(await commit(store, sealed, 1, { wakeAt: WAKE_AT }), 'committed');
    assert.equal(await append(store, head, 'b'), 'refused');
    assert.equal(await commit(store, { ...sealed, lifecycle: 'closed' }, 2), 'committed');
    assert.equal(await append(store, head, 'c'), 'refused');
    assert.deepEqual(await inboxIds(store, head.id), []);
  });

  check('of 80 racing appends exactly the limit is taken', async () => {
    const { store, head } = await started(create);
    const answers = await together(80, (i) => append(store, head, `s${i}`));
    assert.equal(answers.filter((answer) => answer === 'appended').length, INBOX_LIMIT);
    assert.equal(answers.filter((answer) => answer === 'full').length, 80 - INBOX_LIMIT);
    const taken = answers.flatMap((answer, i) => (answer === 'appended' ? [`s${i}`] : []));
    assert.deepEqual((await inboxIds(store, head.id)).sort(), taken.sort());
  });

  check('a commit drops exactly the oldest entries that it folded', async () => {
    const { store, head } = await started(create);
    const ids = Array.from({ length: INBOX_LIMIT }, (_, i) => `s${i}`);
    for (const id of ids) await append(store, head, id);
    assert.equal(await commit(store, head, 1, { folded: 3 }), 'committed');
    assert.deepEqual(await inboxIds(store, head.id), ids.slice(3));
    assert.equal(await commit(store, head, 2), 'committed');
    assert.deepEqual(await inboxIds(store, head.id), ids.slice(3));
    assert.equal(await commit(store, head, 3, { folded: INBOX_LIMIT - 3 }), 'committed');
    assert.deepEqual(await inboxIds(store, head.id), []);
    assert.equal(await append(store, head, 'later'), 'appended');
    assert.deepEqual(await inboxIds(store, head.id), ['later']);
  });

  check('an append between read and commit survives the commit', async () => {
    const { store, head } = await started(create);
    await append(store, head, 'seen');
    const seen = await store.load(head.id);
    await append(store, head, 'unseen');
    assert.equal(await commit(store, head, 1, { folded: seen?.inbox.length ?? 0 }), 'committed');
    assert.deepEqual(await inboxIds(store, head.id), ['unseen']);
  });

  check('an exclusive commit is refused while more was appended than it folds', async () => {
    const { store, head } = await started(create);
    const closed: Head = { ...head, lifecycle: 'closed' };
    await append(store, head, 'a');
    await append(store, head, 'b');
    assert.equal(await commit(store, closed, 1, { exclusive: true }), 'conflict');
    assert.equal(await commit(store, closed, 1, { folded: 1, exclusive: true }), 'conflict');
    assert.deepEqual(await inboxIds(store, head.id), ['a', 'b']);
    assert.equal(await commit(store, closed, 1, { folded: 2, exclusive: true }), 'committed');
    assert.deepEqual(await store.load(head.id), { head: closed, rev: 2, inbox: [] });
    assert.equal(await commit(store, closed, 2, { exclusive: true }), 'committed');
  });

  check('a head that goes to rest and stays open takes appends again', async () => {
    const { store, head } = await started(create);
    await append(store, head, 'a');
    assert.equal(await commit(store, head, 1, { exclusive: true }), 'conflict');
    assert.equal(await commit(store, head, 1, { folded: 1 }), 'committed');
    assert.equal(await commit(store, head, 2, { exclusive: true }), 'committed');
    assert.equal(await append(store, head, 'b'), 'appended');
    assert.deepEqual(await inboxIds(store, head.id), ['b']);
  });

  check('an append sets the wake time, or moves it to an earlier one, never to a later one', async () => {
    const { store, head } = await started(create);
    const wakeAt = async () => (await store.load(head.id))?.wakeAt;
    await append(store, head, 'a');
    assert.equal(await wakeAt(), WAKE_AT);
    await store.append(head.id, head.inc, signalOf('b'), WAKE_AT + 1);
    assert.equal(await wakeAt(), WAKE_AT);
    await store.append(head.id, head.inc, signalOf('c'), WAKE_AT - 1);
    assert.equal(await wakeAt(), WAKE_AT - 1);
    const due = await together(WAKE_SHARDS, (shard) => store.listDue(shard, WAKE_AT - 1, 10));
    assert.deepEqual(due.flat(), [{ id: head.id, wakeAt: WAKE_AT - 1 }]);
    assert.deepEqual(await inboxIds(store, head.id), ['a', 'b', 'c']);
  });

  check('appends that race with folding commits and a close are folded once or refused', async () => {
    const { store, head } = await started(create);
    const folded: string[] = [];
    const taken: string[] = [];
    let closed = false;
    const write = async (i: number) => {
      for (let n = 0; n < 5; n += 1) {
        const id = `w${i}n${n}`;
        if ((await append(store, head, id)) === 'appended') taken.push(id);
      }
    };
    const fold = async (close: boolean) => {
      const record = await store.load(head.id);
      assert.ok(record);
      const next: Head = close ? { ...record.head, lifecycle: 'closed' } : record.head;
      const answer = await commit(store, next, record.rev, { folded: record.inbox.length, exclusive: close });
      if (answer === 'conflict') return;
      folded.push(...record.inbox.map(idOf));
      closed ||= close;
    };
    const writers = together(20, write);
    for (let i = 0; !closed; i += 1) await Promise.all([fold(i >= 15), fold(i >= 15)]);
    await writers;
    assert.deepEqual(folded.sort(), taken.sort());
    assert.deepEqual(await inboxIds(store, head.id), []);
  });

  check(
    'answers are taken while something waits, also by a sealed execution, and signals while it is open',
    async () => {
      const { store, head } = await started(create);
      const answer = (id: string) => store.append(head.id, head.inc, answerOf(id), WAKE_AT);
      assert.equal(await answer('early'), 'refused');
      const waits: Head = { ...head, interrupts: [interruptOf('i')] };
      assert.equal(await commit(store, waits, 1), 'committed');
      assert.equal(await answer('open'), 'appended');
      assert.equal(await commit(store, { ...waits, lifecycle: 'sealed' }, 2, { wakeAt: WAKE_AT }), 'committed');
      assert.equal(await answer('sealed'), 'appended');
      assert.equal(await append(store, head, 'signal'), 'refused');
      assert.equal(await store.append(head.id, 'another', answerOf('a'), WAKE_AT), 'refused');
      assert.deepEqual(await inboxIds(store, head.id), ['open', 'sealed']);
      assert.equal(
        await commit(store, { ...head, lifecycle: 'closed' }, 3, { folded: 2, exclusive: true }),
        'committed',
      );
      assert.equal(await answer('late'), 'refused');
      const { inbox } = (await store.load(head.id)) ?? {};
      assert.deepEqual(inbox, []);
    },
  );

  check('an answer is loaded as it was appended', async () => {
    const { store, head } = await started(create, { interrupts: [interruptOf('i')] });
    const event = answerOf('r');
    await store.append(head.id, head.inc, event, WAKE_AT);
    assert.deepEqual((await store.load(head.id))?.inbox, [event]);
  });

  check('an inbox is full by size before the row is too large', async () => {
    const { store, head } = await started(create);
    const large = { ...signalOf('large'), value: 'x'.repeat(90_000) };
    const answers = [];
    for (let i = 0; i < 6; i += 1)
      answers.push(await store.append(head.id, head.inc, { ...large, id: `s${i}` }, WAKE_AT));
    assert.deepEqual(answers.slice(0, 4), ['appended', 'appended', 'appended', 'appended']);
    assert.equal(answers.at(-1), 'full');
    assert.equal(await commit(store, head, 1, { folded: 4 }), 'committed');
    assert.deepEqual(await inboxIds(store, head.id), []);
  });
}

function describeIndexes({ check }: Suite, create: () => Promise<ExecutionStore>): void {
  check('what is due is listed in one shard, once, earliest first, until its wake time goes', async () => {
    const store = await create();
    const heads = Array.from({ length: 40 }, () => headOf());
    await Promise.all(heads.map((head, i) => store.create({ head, wakeAt: 100 + i })));
    await store.create({ head: headOf() });
    const due = async (until: number) =>
      (await together(WAKE_SHARDS, (shard) => store.listDue(shard, until, 100))).map((rows) =>
        rows.map(({ id }) => id),
      );
    const ids = heads.map((head) => head.id);
    const shards = await due(1_000);
    assert.deepEqual(shards.flat().sort(), [...ids].sort());
    for (const shard of shards)
      assert.deepEqual(
        shard,
        ids.filter((id) => shard.includes(id)),
      );
    assert.deepEqual((await due(119)).flat().sort(), ids.slice(0, 20).sort());
    assert.deepEqual((await due(99)).flat(), []);
    const shared = shards.findIndex((shard) => shard.length > 1);
    const [one] = await store.listDue(shared, 1_000, 1);
    assert.equal(one?.id, shards[shared]?.[0]);
    const rest = await store.listDue(shared, 1_000, 100, one);
    assert.deepEqual(
      rest.map(({ id }) => id),
      shards[shared]?.slice(1),
    );
    const [first, second] = heads;
    assert.ok(first && second);
    await commit(store, first, 1);
    await commit(store, second, 1, { wakeAt: 90 });
    assert.deepEqual((await due(100)).flat(), [second.id]);
  });

  const pages = async (limit: number, page: (after?: Position) => Promise<readonly Position[]>) => {
    const all: Position[] = [];
    for (let next = await page(); next.length > 0; next = await page(all.at(-1))) {
      assert.ok(next.length <= limit);
      all.push(...next);
    }
    return all;
  };
  const newestFirst = (heads: readonly Head[]) =>
    heads
      .map(({ createdAt, id }) => ({ createdAt, id }))
      .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));

  check('executions of a flow are listed newest first, page by page, equal times by id', async () => {
    const store = await create();
    const times = [5, 5, 5, 5, 5, 10, 99, 100, 1_000, 1_700_000_000_000];
    const heads = Array.from({ length: 60 }, (_, i) => headOf({ createdAt: times[i % times.length] ?? 0 }));
    await Promise.all(heads.map((head) => store.create({ head })));
    await store.create({ head: headOf({ flow: 'other' }) });
    await store.create({ head: headOf({ flow: 'orders#open' }) });
    for (const limit of [1, 7, 100]) {
      const query = { flow: 'orders', listing: 'open', limit } as const;
      const listed = await pages(limit, (after) => store.list(after ? { ...query, after } : query));
      assert.deepEqual(listed, newestFirst(heads));
    }
    assert.deepEqual(await store.list({ flow: 'nothing', listing: 'open', limit: 9 }), []);
  });

  check('an execution moves to another listing when it closes or fails', async () => {
    const { store, head } = await started(create);
    const listings = async () => {
      const found = [];
      for (const listing of ['open', 'closed', 'failed'] as const) {
        const listed = await store.list({ flow: head.flow, listing, limit: 5 });
        if (listed.length > 0) found.push([listing, listed.length]);
      }
      return found;
    };
    assert.deepEqual(await listings(), [['open', 1]]);
    const closed: Head = { ...head, lifecycle: 'closed', closedAt: 5 };
    await commit(store, closed, 1);
    assert.deepEqual(await listings(), [['closed', 1]]);
    const failure = { name: 'Error', message: 'no', chunk: 'c', attempt: 1 };
    await commit(store, { ...closed, failure }, 2);
    assert.deepEqual(await listings(), [['failed', 1]]);
  });

  check('executions are listed as waiting while interrupts are pending', async () => {
    const store = await create();
    const heads = Array.from({ length: 20 }, (_, i) => headOf({ createdAt: 1 + (i % 3) }));
    await Promise.all(heads.map((head) => store.create({ head })));
    const waiting = heads.slice(0, 12).map((head) => ({ ...head, interrupts: [interruptOf('i')] }));
    await Promise.all(waiting.map((head) => commit(store, head, 1)));
    const listed = () => pages(5, (after) => store.listWaiting(after ? { after, limit: 5 } : { limit: 5 }));
    assert.deepEqual(await listed(), newestFirst(waiting));
    await Promise.all(heads.slice(0, 6).map((head) => commit(store, head, 2)));
    assert.deepEqual(await listed(), newestFirst(waiting.slice(6)));
  });
}

/**
 * The memory adapters behind the latencies of DynamoDB, SQS and Lambda on a virtual clock: many workers on one execution, at
 * a time and cost that do not depend on this machine. The figures are those of a small function in the same region.
 */
import { deflateRawSync } from 'node:zlib';
import { createFakeClock } from '../../../lib/adapters/memory/clock.ts';
import { createSeededEntropy } from '../../../lib/adapters/memory/entropy.ts';
import { createMemoryQueue } from '../../../lib/adapters/memory/queue.ts';
import { createMemoryStores } from '../../../lib/adapters/memory/stores.ts';
import { ItemHashes } from '../../../lib/engine/values/ranges/item-hashes.ts';
import { storedText } from '../../../lib/engine/values/ranges/item-ranges.ts';
import type { CommitRequest } from '../../../lib/ports/execution-store.ts';
import { quiet, type Rig } from './rig.ts';

const SEED = 7;
/** Means (ms); 60 % of each is fixed, the rest exponentially distributed. */
const READ_MS = 4;
const WRITE_MS = 6;
/** From the call of `send` to a function's start, and the start of a new and of a used process (ms). */
const QUEUE_MS = 16;
const COLD_MS = 250;
const WARM_MS = 3;
/** What a commit computes in a function of 512 MB: a fixed part, and one for each KB of the head's JSON (ms). */
const COMMIT_MS = 0.3;
const COMMIT_MS_PER_KB = 0.07;
/** Write units a second of one partition, and how many it saves up. */
const PARTITION = 1_000;
const BURST = 500;
/** Wait of the client after a refused write: doubled at each try, with full jitter (ms). */
const THROTTLED_MS = 25;
const THROTTLED_MS_AT_MOST = 2_000;
/** Bytes of a head's item beside its body: keys and the attributes of its indexes. */
const COLUMNS = 200;

/** As the table stores a text. */
function storedBytes(text: string): number {
  const bytes = Buffer.byteLength(text);
  return bytes <= 512 ? bytes : Math.min(bytes, deflateRawSync(text, { level: 1 }).length);
}

const units = (bytes: number) => Math.max(1, Math.ceil(bytes / 1024));

/** An item of a head, as far as its price depends on it. */
interface Item {
  readonly bytes: number;
  readonly wakeAt: number | undefined;
  readonly listing: string;
}

/** An index entry that appears or goes costs a unit, one that moves two. */
function indexUnits(before: Item | undefined, after: Item): number {
  const wake =
    before?.wakeAt === after.wakeAt ? 0 : [before?.wakeAt, after.wakeAt].filter((at) => at !== undefined).length;
  return wake + (before?.listing === after.listing ? 0 : before ? 2 : 1);
}

export function createModelRig(): Rig {
  const clock = createFakeClock(0);
  const entropy = createSeededEntropy(SEED);
  const stores = createMemoryStores();
  const queue = createMemoryQueue({ clock });
  const total = { writes: 0, reads: 0, messages: 0, wcu: 0, rcu: 0 };
  const items = new Map<string, Item>();
  const hashes = new ItemHashes();
  const bucket = { tokens: BURST, at: 0 };
  let headBytesMax = 0;
  /** Processes without an invocation. */
  let idle = 0;

  const latency = (mean: number) => clock.sleep(mean * (0.6 - 0.4 * Math.log(1 - entropy.number())));
  const read = async <Answer>(call: () => Promise<Answer>, bytes: (answer: Answer) => number, count = 1) => {
    total.reads += count;
    await latency(READ_MS);
    const answer = await call();
    total.rcu += Math.max(count, Math.ceil(bytes(answer) / 4096));
    return answer;
  };
  const wrote = async <Answer>(call: () => Promise<Answer>, wcu: number, count = 1) => {
    total.writes += count;
    total.wcu += wcu;
    await latency(WRITE_MS);
    return call();
  };

  /** Waits until the partition of a head takes so many units. */
  const admitted = async (wcu: number) => {
    for (let wait = THROTTLED_MS; ; wait = Math.min(2 * wait, THROTTLED_MS_AT_MOST)) {
      const now = clock.now();
      bucket.tokens = Math.min(BURST, bucket.tokens + ((now - bucket.at) * PARTITION) / 1000);
      bucket.at = now;
      if (bucket.tokens > 0) break;
      await clock.sleep(entropy.number() * wait);
    }
    bucket.tokens -= wcu;
  };
  /** The table applies a write in the middle of its latency. */
  const writeHead = async <Answer>(
    { head, wakeAt, text = storedText(head, { hashes }) }: Pick<CommitRequest, 'head' | 'wakeAt' | 'text'>,
    isDone: (answer: Answer) => boolean,
    call: () => Promise<Answer>,
  ) => {
    await clock.sleep(COMMIT_MS + (COMMIT_MS_PER_KB * text.length) / 1024);
    const after: Item = {
      bytes: COLUMNS + storedBytes(text),
      wakeAt,
      listing: `${head.lifecycle} ${head.failure !== undefined}`,
    };
    await admitted(units(after.bytes));
    await latency(WRITE_MS);
    const answer = await call();
    const before = items.get(head.id);
    total.writes += 1;
    if (!isDone(answer)) {
      total.wcu += units(before?.bytes ?? 0);
      return answer;
    }
    total.wcu += units(Math.max(before?.bytes ?? 0, after.bytes)) + indexUnits(before, after);
    items.set(head.id, after);
    headBytesMax = Math.max(headBytesMax, after.bytes);
    return answer;
  };

  return {
    ports: {
      ...stores,
      executions: {
        ...stores.executions,
        create: (request) =>
          writeHead(
            request,
            (answer) => answer === 'created',
            () => stores.executions.create(request),
          ),
        commit: (request) =>
          writeHead(
            request,
            (answer) => answer === 'committed',
            () => stores.executions.commit(request),
          ),
        load: (id, posts) =>
          read(
            () => stores.executions.load(id, posts),
            () => items.get(id)?.bytes ?? 0,
          ),
      },
      values: {
        ...stores.values,
        put(owner, entries) {
          const wcu = [...entries.values()].reduce<number>(
            (sum, value) => sum + units(storedBytes(JSON.stringify(value))),
            0,
          );
          return wrote(() => stores.values.put(owner, entries), wcu, entries.size);
        },
        get: (owner, refs) =>
          read(
            () => stores.values.get(owner, refs),
            (found) => [...found.values()].reduce<number>((sum, value) => sum + storedBytes(JSON.stringify(value)), 0),
            refs.length,
          ),
        drop: (owner, refs, at) => wrote(() => stores.values.drop(owner, refs, at), refs.length, refs.length),
      },
      history: {
        ...stores.history,
        put: (...args) => wrote(() => stores.history.put(...args), 1),
      },
      queue: {
        async send(messages) {
          total.messages += messages.length;
          await queue.send(messages);
        },
      },
      clock,
      entropy,
      log: quiet,
    },
    async receive(handle) {
      const [received] = queue.receive(1);
      if (!received) return false;
      const start = idle > 0 ? WARM_MS : COLD_MS;
      idle = Math.max(0, idle - 1);
      await clock.sleep(QUEUE_MS + start);
      const [result] = await handle([received.message]);
      idle += 1;
      if (result === 'done') queue.ack(received.receipt);
      return true;
    },
    async run(work) {
      let isOver = false;
      const done = work().finally(() => {
        isOver = true;
      });
      // Rejections are reported where `done` is returned.
      done.catch(() => undefined);
      while (!isOver) await clock.advance(Math.max(0, (clock.nextDue() ?? clock.now()) - clock.now()));
      return done;
    },
    totals: () => ({ ...total, headBytesMax }),
    floor: async () => 0,
    close: async () => undefined,
  };
}

/** The memory adapters, counted by port call: the cost of the runtime without a store. */
import { createMemoryQueue } from '../../../lib/adapters/memory/queue.ts';
import { createMemoryStores } from '../../../lib/adapters/memory/stores.ts';
import { systemClock, systemEntropy } from '../../../lib/adapters/system.ts';
import type { Head } from '../../../lib/engine/head.ts';
import { storedText } from '../../../lib/engine/values/ranges/item-ranges.ts';
import { createNewestHistory } from './newest-history.ts';
import { quiet, type Rig } from './rig.ts';

/** Measuring a head costs CPU, so only every 4th is measured. */
const SAMPLE = 4;
/** How long dropped values are still there (ms). In a table it is a day, of which this process would need the memory. */
const DROPPED_FOR = 1_000;

export function createMemoryRig(): Rig {
  const { executions, values, ledger, streams, flowData, artifacts, attributes } = createMemoryStores({
    clock: systemClock,
  });
  const history = createNewestHistory();
  const queue = createMemoryQueue({ clock: systemClock });
  const total = { writes: 0, reads: 0, messages: 0 };
  let last: Head | undefined;
  let headBytesMax = 0;
  let commits = 0;

  /** Counts a call; `size` is the number of its items. */
  const counted =
    <Args extends unknown[], Answer>(
      what: keyof typeof total,
      call: (...args: Args) => Answer,
      size: (...args: Args) => number = () => 1,
    ) =>
    (...args: Args): Answer => {
      total[what] += size(...args);
      return call(...args);
    };

  return {
    ports: {
      executions: {
        ...executions,
        create: counted('writes', executions.create),
        commit: counted('writes', (request) => {
          last = request.head;
          commits += 1;
          if (commits % SAMPLE === 0) headBytesMax = Math.max(headBytesMax, (request.text ?? storedText(last)).length);
          return executions.commit(request);
        }),
        append: counted('writes', executions.append),
        post: counted('writes', executions.post),
        loadOldestPost: counted('reads', executions.loadOldestPost),
        removePosts: counted('writes', executions.removePosts, (_, keys) => keys.length),
        load: counted('reads', executions.load),
      },
      values: {
        put: counted('writes', values.put, (_, entries) => entries.size),
        get: counted('reads', values.get, (_, refs) => refs.length),
        drop: counted(
          'writes',
          (owner, refs) => values.drop(owner, refs, systemClock.now() + DROPPED_FOR),
          (_, refs) => refs.length,
        ),
        erase: counted('writes', values.erase),
      },
      ledger: {
        put: counted('writes', ledger.put, (_, entries) => entries.length),
        get: counted('reads', ledger.get),
        list: counted('reads', ledger.list),
        erase: counted('writes', ledger.erase),
      },
      streams: {
        append: counted('writes', streams.append),
        end: counted('writes', streams.end),
        hasEnded: counted('reads', streams.hasEnded),
        read: counted('reads', streams.read),
        erase: counted('writes', streams.erase),
      },
      history: {
        put: counted('writes', history.put),
        read: counted('reads', history.read),
        summaries: counted('reads', history.summaries),
        erase: counted('writes', history.erase),
      },
      artifacts: {
        put: counted('writes', artifacts.put),
        find: counted('reads', artifacts.find),
        read: counted('reads', artifacts.read),
        list: counted('reads', artifacts.list),
        erase: counted('writes', artifacts.erase),
      },
      flowData: {
        load: counted('reads', flowData.load),
        apply: counted('writes', flowData.apply),
      },
      attributes: {
        write: counted('writes', attributes.write, (added, removed) => added.length + removed.length),
        find: counted('reads', attributes.find),
      },
      queue: { send: counted('messages', queue.send, (messages) => messages.length) },
      clock: systemClock,
      entropy: systemEntropy,
      log: quiet,
    },
    async receive(handle) {
      const received = queue.receive(10);
      const results = await handle(received.map(({ message }) => message));
      for (const [i, { receipt }] of received.entries()) if (results[i] === 'done') queue.ack(receipt);
      return received.length > 0;
    },
    run: (work) => work(),
    totals: () => ({ ...total, wcu: null, rcu: null, headBytesMax }),
    async floor() {
      if (!last) return 0;
      const store = createMemoryStores().executions;
      await store.create({ head: last });
      const begun = performance.now();
      for (let rev = 1; rev <= total.writes; rev += 1) {
        await store.commit({ head: last, rev, folded: 0, exclusive: false });
      }
      return performance.now() - begun;
    },
    close: async () => undefined,
  };
}

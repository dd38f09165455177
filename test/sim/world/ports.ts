/** The ports of one simulated process: the memory adapters behind parked calls, checked by the invariants. */
import { createSeededEntropy } from '../../../lib/adapters/memory/entropy.ts';
import type { Ports } from '../../../lib/ports/ports.ts';
import type { Entropy } from '../../../lib/ports/system.ts';
import type { Stage } from './stage.ts';
import type { Process, World } from './world.ts';

export function createPorts({ world, stores, queue, watch, seed }: Stage, process: Process): Ports {
  const { executions, values, ledger, streams, flowData, artifacts, history, attributes } = stores;
  const park = <T>(name: string, perform: () => Promise<T>): Promise<T> => world.park(process, name, perform);
  return {
    artifacts: {
      put: (space, ref, content) => park(`put file ${ref.name}`, () => artifacts.put(space, ref, content)),
      find: (space, name) => park(`find file ${name}`, () => artifacts.find(space, name)),
      read: (space, ref) => park('read file', () => artifacts.read(space, ref)),
      list: (space, prefix) => park('list files', () => artifacts.list(space, prefix)),
      erase: (space) => park('erase files', () => artifacts.erase(space)),
    },
    history: {
      put: (owner, block) => park(`record ${block.first}`, () => history.put(owner, block)),
      read: (owner, after, limit) => park('history', () => history.read(owner, after, limit)),
      summaries: (owner, after, limit) => park('summaries', () => history.summaries(owner, after, limit)),
      erase: (owner) => park('erase history', () => history.erase(owner)),
    },
    attributes: {
      write: (added, removed, rev) => park(`list by ${added.length}`, () => watch.list(process, added, removed, rev)),
      find: (query) => park('find', () => attributes.find(query)),
    },
    executions: {
      create: (request) => park(`create ${request.head.id}`, () => watch.create(process, request)),
      load: (id, posts) => park(`load ${id}`, () => watch.load(process, id, posts)),
      commit: (request) =>
        park(`commit ${request.head.id} on ${request.rev}`, () => watch.commit(process, request)).then(
          (answer) => watch.heardCommit(process, request, answer),
          (error: unknown) => {
            watch.failedCommit(process, request);
            throw error;
          },
        ),
      append: (id, inc, event, wakeAt) => park(`append ${id}`, () => watch.append(id, inc, event, wakeAt)),
      post: (owner, key, event, wakeAt) =>
        park(`post ${owner.executionId}`, () => watch.post(owner, { by: process, key, event, wakeAt })),
      loadOldestPost: (owner) => park(`oldest ${owner.executionId}`, () => executions.loadOldestPost(owner)),
      removePosts: (owner, keys) => park(`unpost ${owner.executionId}`, () => watch.removePosts(process, owner, keys)),
      // The index may lag: results are delivered later. Not in an exhaustive search, whose states do not contain the lag.
      listDue: async (...page) => {
        const found = await executions.listDue(...page);
        if (found.length === 0 || world.remembers) return found;
        return park(`due ${found.map(({ id }) => id).join()}`, async () => found);
      },
      list: (query) => park('list', () => executions.list(query)),
      listWaiting: (query) => park('waiting', () => executions.listWaiting(query)),
    },
    values: {
      put: (owner, rows) => park(`put ${rows.size} values`, () => watch.put(owner, rows)),
      get: (owner, refs) => park(`get ${refs.length} values`, () => values.get(owner, refs)),
      drop: (owner, refs, at) => park(`drop ${refs.length} values`, () => watch.drop(owner, refs, at)),
      erase: (owner) => park('erase values', () => values.erase(owner)),
    },
    ledger: {
      // A slow call: other signals are accepted during it.
      list: (owner) => {
        const dueAt = world.now + world.chooser.between(0, 1_000);
        return world.park(process, 'ledger', () => ledger.list(owner), { dueAt });
      },
      put: (owner, entries) => park(`spill ${entries.length}`, () => ledger.put(owner, entries)),
      erase: (owner) => park('erase ledger', () => ledger.erase(owner)),
      get: (owner, key) =>
        park('ledger', async () => {
          const found = await ledger.get(owner, key);
          if (found.length > 0) world.reached('ledger read');
          return found;
        }),
    },
    streams: {
      append: (owner, items) =>
        park('stream', async () => {
          const answer = await streams.append(owner, items);
          if (answer === 'ended') world.reached('item behind the end of a stream');
          return answer;
        }),
      end: (owner) => park('end stream', () => streams.end(owner)),
      hasEnded: (owner) => park('stream ended', () => streams.hasEnded(owner)),
      read: (owner, after, limit) => park('read stream', () => streams.read(owner, after, limit)),
      erase: (owner) => park('erase stream', () => streams.erase(owner)),
    },
    flowData: {
      load: (flow) => park(`shared ${flow}`, () => flowData.load(flow)),
      apply: (flow, next) => park(`share ${flow}`, () => flowData.apply(flow, next)),
    },
    queue: {
      send: (messages) =>
        park(`send ${messages.map((each) => each.message.kind).join()}`, async () => queue.accept(process, messages)),
    },
    clock: {
      now: () => world.now + process.skew,
      sleep: (ms, signal) => world.sleep(process, ms, signal),
    },
    entropy: world.remembers ? numbered(world) : createSeededEntropy(seed * 1_000 + process.id),
    log: {
      info: () => undefined,
      warn: () => undefined,
      error: (message, fields) => watch.failed(message, fields),
    },
  };
}

/** Ids by number: they depend only on the ids drawn before. */
function numbered(world: World): Entropy {
  return {
    id: () => {
      world.drawn += 1;
      return `id${world.drawn}`;
    },
    number: () => 0,
  };
}

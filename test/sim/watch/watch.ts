/**
 * Checks every commit between the processes and the store: the right to settle, effects that happen only once, events that must
 * not be lost. Its record is independent of engine and adapters.
 */
import type { InboxEvent } from '../../../lib/engine/events.ts';
import type { Head } from '../../../lib/engine/head.ts';
import { readStubs } from '../../../lib/engine/history/stubs.ts';
import type { AnyFlow } from '../../../lib/flow/authoring/flow.ts';
import type { Graph } from '../../../lib/flow/graph/graph.ts';
import type { Json } from '../../../lib/flow/json.ts';
import type { TaskFlow } from '../../../lib/flow/tasks/task-flow.ts';
import type { AttributeEntry, AttributeStore } from '../../../lib/ports/attribute-store.ts';
import type { CommitRequest, ExecutionRecord } from '../../../lib/ports/execution-store.ts';
import type { Owner } from '../../../lib/ports/value-store.ts';
import type { Parameters as Limits } from '../../../lib/runtime/app/parameters.ts';
import { FAULTS } from '../../../lib/runtime/commit/tries.ts';
import { loadValue, partsNamedIn } from '../../../lib/runtime/commit/values.ts';
import type { Always } from '../workloads/workload.ts';
import type { Race } from '../world/races.ts';
import type { SimStores } from '../world/stores.ts';
import type { Process, World } from '../world/world.ts';
import { checkActivations, type Step } from './activations.ts';
import { Books, type Post } from './books.ts';
import { checkClosed, checkOrphans, checkPaused } from './close.ts';
import { checkHostLease, checkLeases } from './leases.ts';
import { checkLimits } from './limits.ts';
import { nameRaces } from './races.ts';
import { checkRerun, noteBeginnings } from './reruns.ts';
import { checkInbox, checkLedger, checkQueued, checkTaken, nameJoins } from './signals.ts';
import { checkDropped, checkReferences, checkSpill, lookBy, lookForPostBy, wholeOf } from './stores.ts';
import { noteItems } from './streams.ts';
import { checkAnnounced } from './waits.ts';

export interface Watched {
  readonly flow: AnyFlow;
  readonly tasks?: Pick<TaskFlow, 'compile'>;
  readonly always?: Always;
  readonly announces?: true;
  readonly parameters?: Partial<Limits>;
}

type Outcome = 'committed' | 'conflict';

/** A small inbox that short schedules fill. */
const INBOX = 4;
/** How long a reader of a head may request its values: the duration of an invocation (ms). */
const STILL_READ = 120_000;

/** What the counters call posted events. */
const POSTED: Readonly<Record<InboxEvent['type'], Race>> = {
  resume: 'answer through the inbox',
  signal: 'signal through the inbox',
  flowData: 'signal through the inbox',
  heartbeat: 'heartbeat posted',
  release: 'release posted',
};

export class Watch {
  /** The present incarnation of each execution id. */
  readonly books = new Map<string, Books>();
  readonly #world: World;
  readonly #stores: SimStores;
  readonly #watched: Watched;
  readonly #parameters: Limits;
  readonly #old: Books[] = [];
  /** Executions whose heads were replaced by tombstones. */
  readonly erased: Books[] = [];
  /** Entries of attributes that were written and the last process that did, by their text. */
  readonly entries = new Map<string, AttributeEntry & { readonly process: Process }>();
  /** Processes whose lease was reclaimed while they lived. */
  readonly #zombies = new Set<Process>();
  /** Outcomes of commits, known to their processes or not. */
  readonly #answers = new WeakMap<CommitRequest, Outcome>();
  /** Processes with an unknown outcome of a commit to an execution. */
  readonly #unsure = new Map<Process, string>();
  /** Failed commits of a process to an execution since its last successful one. */
  readonly #failed = new Map<string, number>();

  constructor(world: World, stores: SimStores, watched: Watched, parameters: Limits) {
    this.#world = world;
    this.#stores = stores;
    this.#watched = watched;
    this.#parameters = parameters;
  }

  async create(process: Process, request: { head: Head; wakeAt?: number }): Promise<'created' | 'exists'> {
    const { wakeAt } = request;
    const answer = await this.#stores.executions.create(request);
    const head = await wholeOf(this.#world, this.#stores, request.head);
    if (answer === 'exists') this.#world.reached('start race');
    if (answer === 'created') {
      const books = new Books(head, this.#world.now);
      if (this.books.has(head.id)) this.#world.violate('revision', `${head.id} was created over another`);
      if (this.#old.some((each) => each.head.id === head.id)) this.#world.reached('id used again');
      this.books.set(head.id, books);
      books.wakeAt = wakeAt;
      books.lookBy = lookBy(this.#world.now, head, 0);
      noteItems({ books, after: head });
      const graph = this.#graphOf(head);
      checkLedger({ world: this.#world, graph, books, process, before: { ...head, interrupts: [] }, after: head });
      await checkReferences(this.#world, this.#stores, books, head);
      const source = head.rerunFrom && this.books.get(head.forkedFrom ?? '');
      if (source) await checkRerun(this.#world, this.#stores, source, head);
    }
    return answer;
  }

  async load(process: Process, id: string, posts?: number): Promise<ExecutionRecord | undefined> {
    if (this.#zombies.delete(process)) this.#world.reached('zombie came back');
    if (this.#unsure.get(process) === id) {
      this.#unsure.delete(process);
      this.#world.reached('unknown outcome resolved');
    }
    return this.#stores.executions.load(id, posts);
  }

  async commit(process: Process, request: CommitRequest): Promise<Outcome> {
    if (this.#zombies.delete(process)) this.#world.reached('zombie came back');
    const answer = await this.#stores.executions.commit(request);
    this.#answers.set(request, answer);
    if (answer === 'conflict') nameRaces(this.#world, process, this.books.get(request.head.id), request);
    if (answer === 'committed') {
      const head = await wholeOf(this.#world, this.#stores, request.head);
      await this.#record(process, { ...request, head });
    }
    return answer;
  }

  /** The process received the outcome of its commit. */
  heardCommit(process: Process, { head }: CommitRequest, answer: Outcome): Outcome {
    if (answer === 'committed') this.#failed.delete(`${process.id}/${head.id}`);
    return answer;
  }

  /** The process received a failure of its commit. */
  failedCommit(process: Process, request: CommitRequest): void {
    this.#world.reached('unknown outcome met');
    const { id } = request.head;
    const answer = this.#answers.get(request);
    if (answer === 'committed') this.#unsure.set(process, id);
    const times = (this.#failed.get(`${process.id}/${id}`) ?? 0) + 1;
    this.#failed.set(`${process.id}/${id}`, times);
    // The outcome of an abandoned commit stays unknown: after several unknown outcomes, or one of the last try.
    if (times === FAULTS || answer === 'conflict') this.#world.calm = false;
  }

  async append(id: string, inc: string, event: InboxEvent, wakeAt: number): Promise<'appended' | 'full' | 'refused'> {
    const books = this.books.get(id);
    const takes = event.type === 'resume' ? books?.head.interrupts.length !== 0 : books?.head.lifecycle === 'open';
    if ((books?.inbox.length ?? 0) >= INBOX && books?.head.inc === inc && takes) return 'full';
    const answer = await this.#stores.executions.append(id, inc, event, wakeAt);
    if (answer !== 'appended' || !books) return answer;
    if (books.head.inc !== inc) this.#world.violate('incarnation', `a signal for another ${id} was appended`);
    books.inbox.push(event);
    books.wakeAt = (await this.#stores.executions.load(id))?.wakeAt;
    books.lookBy = lookBy(this.#world.now, books.head, books.inbox.length);
    return answer;
  }

  async post(owner: Owner, post: Omit<Post, 'lookBy'>): Promise<void> {
    const { key, event, wakeAt } = post;
    await this.#stores.executions.post(owner, key, event, wakeAt);
    const books = this.books.get(owner.executionId);
    if (books?.head.inc !== owner.inc) return;
    this.#world.reached(POSTED[event.type]);
    books.posts.set(key, { ...post, lookBy: lookForPostBy(this.#world.now) });
  }

  async removePosts(process: Process, owner: Owner, keys: readonly string[]): Promise<void> {
    await this.#stores.executions.removePosts(owner, keys);
    const books = this.books.get(owner.executionId);
    if (books?.head.inc !== owner.inc) return;
    for (const key of keys) {
      const post = books.posts.get(key);
      books.posts.delete(key);
      if (post && !books.head.gone) await checkTaken(books, process, post, this.#world, this.#stores, this.#parameters);
    }
  }

  async put(owner: Owner, rows: ReadonlyMap<string, Json>): Promise<void> {
    await this.#stores.values.put(owner, rows);
    const books = this.books.get(owner.executionId);
    if (books?.head.inc !== owner.inc) return;
    for (const [ref, value] of rows) {
      books.put.add(ref);
      if (isIndex(value)) books.indexes.set(ref, partsNamedIn([value]));
    }
  }

  async list(process: Process, ...[added, removed, rev]: Parameters<AttributeStore['write']>): Promise<void> {
    await this.#stores.attributes.write(added, removed, rev);
    for (const entry of added) this.entries.set(JSON.stringify(entry), { ...entry, process });
  }

  async drop(owner: Owner, refs: readonly string[], expiresAt: number): Promise<void> {
    await this.#stores.values.drop(owner, refs, expiresAt);
    const books = this.books.get(owner.executionId);
    if (books?.head.inc !== owner.inc) return;
    if (expiresAt < this.#world.now + STILL_READ)
      this.#world.violate('dropped in use', `values of ${owner.executionId} go before who reads them is done`);
    for (const ref of refs) books.dropped.add(ref);
    await checkReferences(this.#world, this.#stores, books, books.head);
  }

  /** An attempt starts to run: its claim must have been committed. */
  began(process: Process, executionId: string, activation: string, attempt: number, chunk: string): void {
    const all = [this.books.get(executionId), ...this.#old].filter((each) => each?.head.id === executionId);
    const books = all.find(
      (each) => each?.claimed.has(`${activation}/${attempt}/${process.id}`) || each?.ahead.has(process),
    );
    if (!books) return this.#world.violate('ran unclaimed', `attempt ${attempt} of ${chunk} in ${executionId}`);
    if (!books.claimed.has(`${activation}/${attempt}/${process.id}`)) this.#world.reached('step ahead of the store');
    books.begun.add(`${activation}/${attempt}`);
    const row = books.head.activations.find((each) => each.id === activation);
    if (row) books.tells.add(row.node);
  }

  /** An attempt continues after an awaited emit: under a limit it has taken its permit again. */
  wentOn(process: Process, executionId: string, activation: string, chunk: string): void {
    const head = this.books.get(executionId)?.head;
    const row = head?.activations.find((each) => each.id === activation);
    if (!head || !row || this.books.get(executionId)?.holderOf(head, row.fence) !== process) return;
    if (head.options.concurrency !== undefined && row.awaiting?.length)
      this.#world.violate('over the limit', `${chunk} in ${executionId} goes on without a permit`);
  }

  /** A provider received a wait. */
  announced(executionId: string, id: string): void {
    const books = this.books.get(executionId);
    if (books?.announced.has(id)) this.#world.reached('wait announced again');
    books?.announced.add(id);
  }

  /** The retention deletes the row of a closed execution. */
  forget(id: string): void {
    const books = this.books.get(id);
    if (books) this.#old.push(books);
    this.books.delete(id);
    this.#stores.forget(id);
  }

  /** A tombstone replaced the head. It has no value, and stays. */
  #erase(books: Books, after: Head, wakeAt: number | undefined): void {
    const isNew = !books.head.gone;
    const rest = JSON.stringify([
      after.state,
      after.activations,
      after.ledger,
      after.input ?? null,
      after.failure ?? null,
    ]);
    if (rest !== '[{},[],[],null,null]') this.#world.violate('erased value left', `in the head of ${after.id}`);
    if (after.gone?.how === 'expired' && isNew && books.head.lifecycle !== 'closed')
      this.#world.violate('erased value left', `${after.id} was open`);
    if (isNew) this.erased.push(Object.assign(new Books(books.head, this.#world.now), { put: books.put }));
    Object.assign(books, { head: after, rev: books.rev + 1, inbox: [], lookBy: Infinity, wakeAt });
    this.#world.reached(after.gone?.how === 'erased' ? 'execution erased' : 'retention ended');
  }

  /** Holds after every step: the sweep times cover all pending work and all posts, or a message is in flight. */
  afterStep(holds: (executionId: string) => boolean): void {
    for (const [id, { posts, lookBy: latest, wakeAt = Infinity }] of this.books) {
      if (wakeAt > latest && !holds(id))
        this.#world.violate('not watched', `${id}: wakeAt ${wakeAt}, latest ${latest}`);
      for (const post of posts.values()) {
        if (post.wakeAt > post.lookBy && !holds(id))
          this.#world.violate(
            'not watched',
            `${post.event.type} of ${id}: wakeAt ${post.wakeAt}, latest ${post.lookBy}`,
          );
      }
    }
  }

  failed(message: string, fields: unknown): void {
    // For alarms; the workload decides whether it had to fail.
    if (message === 'execution failed') return;
    if (!JSON.stringify(fields).includes('SimulatedFault'))
      this.#world.violate('unexpected error', `${message} ${JSON.stringify(fields)}`);
  }

  #graphOf({ definition }: Head): Graph {
    const { flow, tasks } = this.#watched;
    return (definition === undefined ? flow : (tasks?.compile(definition) ?? flow)).graph;
  }

  async #record(process: Process, { head: after, rev, folded, wakeAt }: CommitRequest): Promise<void> {
    const world = this.#world;
    const books = this.books.get(after.id);
    if (!books) return world.violate('revision', `${after.id} was written without being there`);
    if (after.inc !== books.head.inc) return world.violate('incarnation', `${after.id} is another now`);
    if (rev !== books.rev) world.violate('revision', `${after.id} goes from ${books.rev} on ${rev}`);
    if (after.gone) return this.#erase(books, after, wakeAt);
    const before = books.head;
    const step: Step = { world, graph: this.#graphOf(after), books, process, before, after };
    checkLeases(step);
    checkHostLease(step);
    checkActivations(step);
    checkQueued(step);
    checkLimits(step, this.#parameters);
    nameJoins(step);
    checkClosed(step);
    checkPaused(step);
    noteItems(step);
    noteCalls(step);
    noteBeginnings(step);
    this.#nameOthers(step);
    Object.assign(books, { head: after, rev: rev + 1, wakeAt });
    if (books.posts.size > 0) books.took.set(process, step);
    if (process.kind !== 'sweeper') books.committedAt = world.now;
    checkLedger(step);
    await checkInbox(step, this.#stores, this.#parameters, folded);
    checkOrphans(step);
    await checkReferences(world, this.#stores, books, after);
    checkAnnounced(step, this.#watched.announces === true);
    checkDropped(world, books, before, after);
    await checkSpill(world, this.#stores, before, after);
    books.lookBy = lookBy(world.now, after, books.inbox.length);
    await this.#judgeState(books);
  }

  #nameOthers({ world, graph, books, process, before, after }: Step): void {
    if (after.hostLease && after.hostLease.mark !== before.hostLease?.mark) world.reached('host had it to itself');
    if (process.kind === 'sweeper') world.reached('time to look cleared by the sweep');
    if (after.failure?.code === 'hop_budget' && !before.failure) world.reached('budget of hops spent');
    for (const [i, { status }] of (after.interventions ?? []).entries()) {
      if (before.interventions?.[i]?.status !== 'pending') continue;
      if (status === 'inserted') world.reached('intervention taken');
      if (status === 'expired') world.reached('intervention expired');
    }
    const kept = new Set(after.leases.map((lease) => lease.session));
    for (const { session } of before.leases) {
      const holder = books.sessions.get(session);
      if (!kept.has(session) && holder && holder !== process && holder.alive) this.#zombies.add(holder);
    }
    const { nodes } = graph;
    const waits = ({ activations }: Head) => activations.filter((each) => nodes[each.node]?.kind === 'match').length;
    if (waits(after) > waits(before)) world.reached('match decided later');
  }

  /** The workload's model, checked for every committed state. */
  async #judgeState({ head }: Books): Promise<void> {
    const { always } = this.#watched;
    if (!always) return;
    const state = await loadValue(this.#stores.values, head, { of: head.state });
    const problem = always(head.id, state as Parameters<Always>[1]);
    if (problem) this.#world.violate('model', `${head.id}: ${problem}`);
  }
}

/** Notes which process made the calls that the commit records. */
function noteCalls({ books, process, before, after }: Step): void {
  if (process.kind !== 'api') return;
  const { n = 0 } = before.history ?? {};
  for (const { seq, type } of readStubs(undefined, after.history))
    if (seq > n && (type === 'host' || type === 'redriven')) books.calls.set(seq, process);
}

/** True for a stored list of parts of a list. */
function isIndex(value: Json): boolean {
  const isPart = (each: unknown) => typeof each === 'object' && each !== null && 'ref' in each && 'at' in each;
  return Array.isArray(value) && value.length > 0 && value.every(isPart);
}

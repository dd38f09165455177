/** A handle on one execution: its acts, its result, and waiting for it. */
import { FlowError } from '../errors/errors.ts';
import type { Env } from '../flow/authoring/context.ts';
import type { Intervention, Key } from '../flow/authoring/facilities.ts';
import type { RequirementOptions } from '../flow/authoring/requirements.ts';
import type { Json } from '../flow/json.ts';
import type { Ports } from '../ports/ports.ts';
import type { InputFor, Sent, SignalsFor } from '../runtime/client/flow-client.ts';
import type {
  Caller,
  Client,
  EraseAnswer,
  ExecutionView,
  GivenAnswer,
  HistoryItem,
  HistoryOptions,
  HostAnswer,
  HostState,
  InterruptView,
  InterveneOptions,
  InterventionAnswer,
  ResumeAnswer,
  SignalAnswer,
  SignalOptions,
  StreamView,
  WithdrawAnswer,
} from '../runtime/client/types.ts';
import type { SaveOptions, Snapshot } from '../runtime/snapshot/document.ts';
import type { UnfilledJoin } from '../runtime/view/unfilled.ts';
import { ChunkError } from './failure.ts';
import type { HandleOptions } from './host.ts';
import { finalResult, metaOf } from './result.ts';

export interface ExecutionMeta {
  readonly status: ExecutionView['status'];
  readonly lifecycle: ExecutionView['lifecycle'];
  readonly createdAt: string;
  readonly closedAt?: string;
  readonly closeReason?: NonNullable<ExecutionView['closeReason']>;
  readonly attributes?: NonNullable<ExecutionView['attributes']>;
  readonly error?: NonNullable<ExecutionView['error']>;
  readonly unfilledJoins: readonly UnfilledJoin[];
  /** Failures it continued after. */
  readonly tolerated: NonNullable<ExecutionView['tolerated']>;
}

/** The result of an execution; live while it is open. */
export interface ExecutionResult {
  getState(key: string): Promise<Json | undefined>;
  /** Returns `$final_result` if the execution wrote it, else the close snapshot; `undefined` while open. */
  getFinalResult(): Promise<Json | undefined>;
  getInterventions(): Promise<readonly Intervention[]>;
  getMeta(): Promise<ExecutionMeta>;
}

export interface StreamOptions<Input = Json> {
  /** Position after which to read. Default 0. */
  readonly after?: number;
  /** Ends the stream when no item has arrived for this long (ms). Default: no limit. */
  readonly timeout?: number;
  /** Starts the execution with this input. */
  readonly start?: Input;
}

/** An answer to a wait, typed by the chunk that asked. */
export type HandleAnswer<Answer = unknown> = Pick<GivenAnswer<Answer>, 'value' | 'chunk' | 'requestId' | keyof Caller>;

interface Surroundings {
  readonly client: Client;
  readonly ports: Pick<Ports, 'clock'>;
  progress(): Promise<void>;
  /** Sends the execution to a worker. */
  wake(executionId: string): Promise<void>;
}

/** Default TTL of a host lease, in milliseconds. */
export const LEASE_TTL = 60_000;
const PAGE = 100;

export class Execution<E extends Env = Env> {
  readonly id: string;
  readonly resources: Record<string, unknown>;
  readonly state: HostState<E['given']['state']>;
  readonly result: ExecutionResult;
  readonly #around: Surroundings;
  #fence: number | undefined;
  #started: Promise<Json | undefined> | undefined;

  constructor(id: string, around: Surroundings, { resources = {}, fence }: HandleOptions = {}) {
    this.id = id;
    this.#around = around;
    this.resources = { ...resources };
    this.#fence = fence;
    const { client } = around;
    const state = client.state(id);
    const writes: HostState = {
      set: (path, value, options) => this.#and(() => state.set(path, value, options)),
      append: (path, item, options) => this.#and(() => state.append(path, item, options)),
      increment: (path, by, options) => this.#and(() => state.increment(path, by, options)),
      delete: (path, options) => this.#and(() => state.delete(path, options)),
    };
    this.state = writes;
    this.result = {
      getState: async (key) => (await this.get()).state[key],
      getFinalResult: async () => finalResult(await this.get()),
      getInterventions: async () => (await this.get()).interventions ?? [],
      getMeta: async () => metaOf(await this.get()),
    };
  }

  /** Fence of the host lease, if the handle holds one. */
  get fence(): number | undefined {
    return this.#fence;
  }

  async get(): Promise<ExecutionView> {
    const view = await this.#around.client.get(this.id);
    if (view) return view;
    throw this.#unknown();
  }

  #unknown(): FlowError {
    return new FlowError('unknown_execution', `Execution ${this.id} no longer exists. Its store may have deleted it.`);
  }

  /**
   * Starts the execution; repeated calls return the first promise. A sealed execution is not started. With `autoClose`
   * it resolves with the close snapshot, else with `undefined` once no work is left.
   * @throws the error of the chunk that failed; FlowError `invalid_input`, `execution_conflict`
   */
  start(input: InputFor<E>): Promise<Json | undefined> {
    this.#started ??= this.#start(input);
    return this.#started;
  }

  async #start(input: unknown): Promise<Json | undefined> {
    const { flow, autoClose } = await this.get();
    const answer = await this.#around.client.start(flow, input, { id: this.id }).catch((error: unknown) => {
      this.#started = undefined;
      throw error;
    });
    if (answer.kind === 'ignored') {
      this.#started = undefined;
      return (await this.get()).result;
    }
    if (answer.kind === 'conflict') {
      throw new FlowError(
        'execution_conflict',
        `Execution ${this.id} was already started with another input. Create another execution.`,
      );
    }
    if (autoClose) return this.untilClosed({ waits: true });
    await this.quiet();
    return undefined;
  }

  /**
   * Resolves once no work is running: everything is done, waits for answers, or is blocked.
   * @throws the error that failed the execution
   */
  async quiet(): Promise<void> {
    for (;;) {
      const view = await this.get();
      if (view.error) throw new ChunkError(view.error);
      // A sleep ends by itself, so it is work.
      if (view.status !== 'running' && view.sleepsUntil === undefined) return;
      await this.#around.progress();
    }
  }

  /**
   * Resolves with the close snapshot.
   * @param options.waits keep waiting while interrupts are pending, instead of throwing FlowError `pending_interrupts`
   */
  async untilClosed({ waits = false } = {}): Promise<Json> {
    for (;;) {
      const view = await this.get();
      if (view.error) throw new ChunkError(view.error);
      if (view.lifecycle === 'closed') return view.result ?? null;
      if (!waits && view.status === 'waiting' && view.sleepsUntil === undefined) {
        const ids = view.interrupts.map(({ interruptId }) => interruptId);
        throw new FlowError(
          'pending_interrupts',
          `Execution ${this.id} waits for an answer. Use createExecution, whose handle can answer.`,
          { details: { ids } },
        );
      }
      await this.#around.progress();
    }
  }

  /** Sends a signal and waits until its work is done. @throws the error of that work */
  emit<Name extends Key<SignalsFor<E>>>(
    name: Name,
    value: Sent<SignalsFor<E>[Name]>,
    options?: SignalOptions,
  ): Promise<SignalAnswer> {
    return this.#and(() => this.#signal(name, value, options));
  }

  /** Sends a signal without waiting for its work. */
  signal<Name extends Key<SignalsFor<E>>>(
    name: Name,
    value: Sent<SignalsFor<E>[Name]>,
    options?: SignalOptions,
  ): Promise<SignalAnswer> {
    return this.#signal(name, value, options);
  }

  /** The client checks that the value is JSON. */
  #signal(name: string, value: unknown, options?: SignalOptions): Promise<SignalAnswer> {
    return this.#around.client.signal(this.id, name, value as Json, options);
  }

  /** Does not report a failure that existed before the call. */
  async #and(accept: () => Promise<SignalAnswer>): Promise<SignalAnswer> {
    const before = await this.get();
    const answer = await accept();
    if (answer !== 'accepted' || before.error) return answer;
    await this.quiet();
    return answer;
  }

  /** Returns the pending interrupts of this execution. */
  async interrupts(): Promise<readonly InterruptView[]> {
    return (await this.get()).interrupts;
  }

  /** The earlier name of `interrupts`. */
  pendingInterrupts(): Promise<readonly InterruptView[]> {
    return this.interrupts();
  }

  /** Answers an interrupt and returns at acceptance; `quiet` waits for the work. Errors as `Client.resume`. */
  resume<Answer>(interruptId: string, answer: HandleAnswer<Answer>): Promise<ResumeAnswer> {
    const host = this.#fence === undefined ? {} : { host: this.#fence };
    return this.#around.client.resume(this.id, interruptId, { ...answer, ...host });
  }

  /** The earlier form of `resume`. */
  continueWith(
    interruptId: string,
    value: Json,
    options: Omit<HandleAnswer, 'value' | 'chunk'> = {},
  ): Promise<ResumeAnswer> {
    return this.resume(interruptId, { ...options, value });
  }

  intervene(payload: Json, options?: InterveneOptions): Promise<InterventionAnswer> {
    return this.#around.client.intervene(this.id, payload, options);
  }

  seal(): Promise<HostAnswer> {
    return this.#around.client.seal(this.id);
  }

  unseal(): Promise<HostAnswer> {
    return this.#around.client.unseal(this.id);
  }

  /** Running chunks end, and nothing begins until `unpause`. */
  pause(): Promise<HostAnswer> {
    return this.#around.client.pause(this.id);
  }

  unpause(): Promise<HostAnswer> {
    return this.#around.client.unpause(this.id);
  }

  /** Makes an activation due that waits for its retry or sleeps. */
  due(activationId: string): Promise<HostAnswer> {
    return this.#around.client.due(this.id, activationId);
  }

  /** Deletes the execution and what belongs to it; later calls throw `erased`. */
  erase(): Promise<EraseAnswer> {
    return this.#around.client.erase(this.id);
  }

  /** Ends a pending wait without an output; later answers are `gone`. */
  withdraw(interruptId: string): Promise<WithdrawAnswer> {
    return this.#around.client.withdraw(this.id, interruptId);
  }

  /** Cancels the execution: running chunks are aborted, waits and timers end. */
  cancel(reason?: string): Promise<HostAnswer> {
    return this.#around.client.cancel(this.id, reason === undefined ? {} : { reason });
  }

  /**
   * Closes the execution once its work is done.
   * @returns the close snapshot
   * @throws FlowError `pending_interrupts`; `close_timeout` after `timeout` ms: the execution stays sealed and closes
   * later
   */
  async close({
    pendingInterrupts = 'reject',
    timeout,
  }: {
    readonly pendingInterrupts?: 'reject' | 'cancel';
    readonly timeout?: number;
  } = {}): Promise<Json> {
    const { client, ports } = this.#around;
    const answer = await client.close(this.id, { pendingInterrupts });
    if (answer.kind === 'pendingInterrupts') {
      throw new FlowError(
        'pending_interrupts',
        `Execution ${this.id} waits for the interrupts ${answer.ids.join(', ')}. Answer them, or close with pendingInterrupts: 'cancel'.`,
        {
          details: { ids: answer.ids },
        },
      );
    }
    const end = timeout === undefined ? Infinity : ports.clock.now() + timeout;
    for (;;) {
      const view = await this.get();
      if (view.lifecycle === 'closed') return view.result ?? null;
      if (ports.clock.now() >= end) {
        throw new FlowError(
          'close_timeout',
          `Execution ${this.id} still had work after ${timeout} ms. It stays sealed and closes once the work is done.`,
        );
      }
      await this.#around.progress();
    }
  }

  setConcurrency(limit: number | null): Promise<HostAnswer> {
    return this.#around.client.setConcurrency(this.id, limit);
  }

  declareResourceRequirement(key: string, options?: RequirementOptions): Promise<HostAnswer> {
    return this.#around.client.declareResourceRequirement(this.id, key, options);
  }

  /** Saves the execution; the handle's resources become requirements of the document. Errors as `Client.save`. */
  async save(options: SaveOptions = {}): Promise<Snapshot> {
    const snapshot = await this.#around.client.save(this.id, options);
    if (!snapshot) throw this.#unknown();
    return { ...snapshot, resources: [...new Set([...snapshot.resources, ...Object.keys(this.resources)])] };
  }

  /**
   * Claims a host lease; see `Client.claim`.
   * @param ttl milliseconds
   * @throws FlowError `lease_expired` while another host or a worker holds the execution
   */
  async claim(owner: string, ttl = LEASE_TTL): Promise<void> {
    const answer = await this.#around.client.claim(this.id, owner, ttl);
    if (answer.kind === 'unknown') throw this.#unknown();
    if (answer.kind === 'held') {
      throw new FlowError(
        'lease_expired',
        `Execution ${this.id} cannot be claimed: "${answer.owner ?? 'a worker'}" holds it. Try again when that lease has ended.`,
      );
    }
    this.#fence = answer.fence;
    await this.#around.wake(this.id);
  }

  /** Extends the host lease. @returns false when the lease has ended */
  async heartbeat(ttl = LEASE_TTL): Promise<boolean> {
    if (this.#fence === undefined) return false;
    return (await this.#around.client.heartbeat(this.id, this.#fence, ttl)) === 'applied';
  }

  async release(): Promise<void> {
    if (this.#fence !== undefined) await this.#around.client.release(this.id, this.#fence);
    this.#fence = undefined;
  }

  /**
   * Reads what happened, in order. It ends with what is there now; with `follow` it goes on until the execution has
   * closed.
   */
  history(options?: HistoryOptions): AsyncGenerator<HistoryItem> {
    return this.#around.client.history(this.id, options);
  }

  /** Yields the items from a position to the end of the stream. */
  async *stream({ after = 0, timeout, start }: StreamOptions<InputFor<E>> = {}): AsyncGenerator<StreamView> {
    const { client, ports, progress } = this.#around;
    const run = start === undefined ? undefined : this.start(start);
    run?.catch(() => undefined);
    let last = ports.clock.now();
    for (let cursor = after; ; ) {
      const page = await client.readStream(this.id, { after: cursor, limit: PAGE });
      if (page && page.items.length > 0) {
        yield* page.items;
        cursor = page.cursor;
        last = ports.clock.now();
        continue;
      }
      // The start was rejected, so no item will arrive.
      if (run && !this.#started) return void (await run);
      if (!page || page.ended || (timeout !== undefined && ports.clock.now() - last >= timeout)) return;
      await progress();
    }
  }
}

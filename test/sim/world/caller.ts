/** An outside caller: repeats each API call with the same ids until it is answered. */
import { FlowError } from '../../../lib/errors/errors.ts';
import type { Json } from '../../../lib/flow/json.ts';
import type {
  ExecutionView,
  RerunOptions,
  ResumeAnswer,
  SignalAnswer,
  StartAnswer,
  StartOptions,
} from '../../../lib/runtime/client/types.ts';
import type { Operation } from '../run/histories.ts';
import type { Stage, Work } from './stage.ts';
import type { Process } from './world.ts';

export class Caller {
  readonly operations: Operation[] = [];
  readonly notes = new Map<string, string>();
  readonly process: Process;
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.process = stage.world.spawn('caller');
  }

  get #name(): string {
    return `caller ${this.process.id}`;
  }

  wait(ms: number): Promise<void> {
    return this.#stage.world.sleep(this.process, ms);
  }

  /** Until a time of the simulated clock (ms). */
  waitUntil(time: number): Promise<void> {
    return this.wait(Math.max(0, time - this.#stage.world.now));
  }

  /** A time within `ms`, chosen by the seed. */
  someTime(ms: number): Promise<void> {
    return this.wait(this.#stage.world.chooser.between(0, ms));
  }

  async start(flow: string, id: string, input: Json, options: StartOptions = {}): Promise<StartAnswer> {
    const { world } = this.#stage;
    for (;;) {
      const from = world.tick();
      const attempt = await this.#call((client) => client.start(flow, input, { ...options, id }));
      const kind = attempt?.answer.kind;
      this.#note({ what: 'start', key: id, value: JSON.stringify(input), from }, kind);
      if (attempt?.answer.kind === 'conflict') world.reached('start with other input refused');
      if (attempt) return attempt.answer;
      await this.wait(1_000);
    }
  }

  async signal(id: string, name: string, value: Json, signalId: string, correlation?: string): Promise<SignalAnswer> {
    const options = { requestId: signalId, ...(correlation === undefined ? {} : { correlation }) };
    for (;;) {
      const attempt = await this.#call((client) => client.signal(id, name, value, options));
      if (attempt && attempt.answer !== 'busy') return attempt.answer;
      await this.wait(1_000);
    }
  }

  /** Puts a signal on the queue of the deployment; there is no answer. */
  post(executionId: string, signal: string, value: Json, signalId: string): void {
    this.#stage.queue.post({ executionId, signal, value, signalId });
  }

  async close(id: string, pendingInterrupts: 'reject' | 'cancel'): Promise<string> {
    for (;;) {
      const from = this.#stage.world.tick();
      const attempt = await this.#call((client) => client.close(id, { pendingInterrupts, actor: this.#name }));
      this.#note({ what: 'close', key: id, value: '', from }, attempt?.answer.kind);
      if (attempt) return attempt.answer.kind;
      await this.wait(1_000);
    }
  }

  async get(id: string): Promise<ExecutionView | undefined> {
    for (;;) {
      const from = this.#stage.world.tick();
      const attempt = await this.#call((client) => client.get(id));
      const view = attempt?.answer;
      if (attempt) {
        const status = view?.lifecycle === 'closed' ? view.status : '';
        this.#note({ what: 'get', key: id, value: status, from }, view?.lifecycle ?? 'none');
        return view;
      }
      await this.wait(1_000);
    }
  }

  /** Polls until the view satisfies the condition, or the execution has closed or failed. */
  async until(id: string, wanted: (view: ExecutionView) => boolean, every = 5_000): Promise<ExecutionView | undefined> {
    for (;;) {
      const view = await this.get(id);
      if (view && (wanted(view) || view.lifecycle === 'closed' || view.status === 'failed')) return view;
      await this.wait(every);
    }
  }

  /** Polls until a wait is pending, or the execution has closed. */
  async interrupts(id: string, count = 1): Promise<readonly string[]> {
    const view = await this.until(id, ({ interrupts }) => interrupts.length >= count);
    return view?.interrupts.map((interrupt) => interrupt.interruptId) ?? [];
  }

  /** One call; without an answer it is repeated. */
  async resume(
    id: string,
    interruptId: string,
    requestId: string,
    value: Json,
    { what = 'resume', host }: { readonly what?: 'resume' | 'resume event'; readonly host?: number } = {},
  ): Promise<ResumeAnswer['kind']> {
    const { world } = this.#stage;
    const text = JSON.stringify([requestId, value]);
    for (;;) {
      const from = world.tick();
      const given = { value, requestId, ...(host === undefined ? {} : { host }) };
      const attempt = await this.#call((client) => client.resume(id, interruptId, given));
      const answer = attempt?.answer;
      const key = `${this.#stage.generation(id)}/${id}/${interruptId}`;
      this.#note({ what, key, value: text, from }, answer?.kind);
      if (answer) {
        if (isSettled(answer)) {
          world.reached(`answer ${answer.kind}`);
          this.#stage.compare(key, requestId, answer);
        }
        return answer.kind;
      }
      await this.wait(1_000);
    }
  }

  /** The same for a wait with a reused id: answers to one request id are equal; no more is checked. */
  async resumeAgain(id: string, interruptId: string, requestId: string, value: Json): Promise<void> {
    const ask = () => this.insist((client) => client.resume(id, interruptId, { value, requestId }));
    const key = `${id}/${interruptId}/${requestId}`;
    const answer = await ask();
    if (!isSettled(answer)) return;
    this.#stage.world.reached(`answer ${answer.kind}`);
    this.#stage.compare(key, requestId, answer);
    if (answer.kind !== 'accepted' && answer.kind !== 'duplicate') return;
    const again = await ask();
    if (again.kind === 'duplicate') this.#stage.compare(key, requestId, again);
    else this.#stage.world.violate('answers differ', `${answer.kind}, then ${again.kind} to ${requestId} of ${id}`);
  }

  /** An answer to this turn of a wait, identified only by its value. */
  async answer(id: string, interruptId: string, value: Json, generation: number): Promise<ResumeAnswer['kind']> {
    return (await this.insist((client) => client.resume(id, interruptId, { value, generation }))).kind;
  }

  /** Answers a wait with a value outside its schema. @returns the code of the refusal, or the kind of the answer */
  misfit(id: string, interruptId: string): Promise<string> {
    return this.insist(async (client) => {
      try {
        return (await client.resume(id, interruptId, { value: 7, requestId: 'misfit' })).kind;
      } catch (error) {
        if (FlowError.is(error) && error.code === 'invalid_value') return error.code;
        throw error;
      }
    });
  }

  async seal(id: string, sealed: boolean): Promise<void> {
    for (;;) {
      const from = this.#stage.world.tick();
      const attempt = await this.#call((client) => (sealed ? client.seal(id) : client.unseal(id)));
      if (!sealed) this.#noteReopened(id, from, attempt?.answer === 'applied');
      if (attempt) return;
      await this.wait(1_000);
    }
  }

  async create(flow: string, id: string): Promise<void> {
    for (;;) {
      const from = this.#stage.world.tick();
      const attempt = await this.#call((client) => client.create(flow, { id }));
      this.#note({ what: 'create', key: id, value: '', from }, attempt?.answer.kind);
      if (attempt) return;
      await this.wait(1_000);
    }
  }

  /** Loads under an id that may exist, perhaps from an own call without an answer. */
  async load(document: unknown, id: string): Promise<void> {
    const from = this.#stage.world.tick();
    const kind = await this.insist((client) =>
      client.load(document, { id }).then(
        () => 'loaded',
        (error: unknown) => {
          if (FlowError.is(error) && error.code === 'execution_conflict') return 'taken';
          throw error;
        },
      ),
    );
    this.#stage.world.reached(kind === 'loaded' ? 'snapshot loaded' : 'load of a taken id refused');
    this.#note({ what: 'create', key: id, value: '', from }, kind);
  }

  /** Whether a copy exists now. */
  async fork(id: string, copy: string): Promise<boolean> {
    const from = this.#stage.world.tick();
    const { kind, wasThere } = await this.insist(async (client) => {
      const wasThere = this.#stage.watch.books.has(copy);
      return { ...(await client.fork(id, { id: copy })), wasThere };
    });
    if (wasThere && kind !== 'exists')
      this.#stage.world.violate('answers differ', `a fork of ${id} is ${kind}, although ${copy} was there`);
    const isThere = kind === 'forked' || kind === 'exists';
    if (kind === 'forked') this.#stage.world.reached('execution forked');
    if (isThere) this.#note({ what: 'create', key: copy, value: '', from }, kind);
    return isThere;
  }

  /** Whether the copy exists. It is refused only where records were lost: with a process, or by an unknown outcome. */
  async rerun(id: string, options: RerunOptions & { readonly id: string }): Promise<boolean> {
    for (;;) {
      const kind = await this.#rerunOnce(id, options);
      if (kind !== 'later') return kind === 'rerun' || kind === 'exists';
      await this.wait(15_000);
    }
  }

  async #rerunOnce(id: string, options: RerunOptions & { readonly id: string }): Promise<string> {
    const { world, watch } = this.#stage;
    const from = world.tick();
    const { kind, wasThere } = await this.insist(async (client) => {
      const wasThere = watch.books.has(options.id);
      try {
        return { ...(await client.rerun(id, options)), wasThere };
      } catch (error) {
        if (!FlowError.is(error) || error.code !== 'rerun_unavailable') throw error;
        return { kind: error.message.includes('Ask again') ? 'later' : error.code, wasThere };
      }
    });
    if (wasThere && kind !== 'exists')
      world.violate('answers differ', `a rerun is ${kind}, although ${options.id} was there`);
    if (kind === 'rerun' || kind === 'exists') this.#note({ what: 'create', key: options.id, value: '', from }, kind);
    const isLost = !world.calm || world.counters.has('unknown outcome met');
    if (kind === 'unknown' || (kind === 'rerun_unavailable' && !isLost)) world.violate('rerun', `${kind} from ${id}`);
    if (kind === 'rerun') world.reached('execution rerun');
    if (kind === 'rerun_unavailable') world.reached('rerun refused');
    return kind;
  }

  /** Appends to a list of the state, once by id. */
  async write(id: string, key: string, item: Json, writeId: string): Promise<void> {
    await this.insist((client) => client.state(id).append(key, item, { requestId: writeId }));
  }

  async limit(id: string, limit: number | null): Promise<void> {
    await this.insist((client) => client.setConcurrency(id, limit));
  }

  /** Tries for a while to get the host lease. */
  async claim(id: string, owner: string, ttl: number): Promise<number | undefined> {
    for (let tries = 0; tries < 10; tries += 1) {
      const answer = await this.insist((client) => client.claim(id, owner, ttl));
      if (answer.kind === 'claimed') return answer.fence;
      await this.wait(2_000);
    }
    return undefined;
  }

  async heartbeat(id: string, fence: number, ttl: number): Promise<void> {
    await this.insist((client) => client.heartbeat(id, fence, ttl));
  }

  async release(id: string, fence: number): Promise<void> {
    await this.insist((client) => client.release(id, fence));
  }

  async redrive(id: string, redriveId: string): Promise<void> {
    for (;;) {
      const from = this.#stage.world.tick();
      const attempt = await this.#call((client) => client.redrive(id, { requestId: redriveId, actor: this.#name }));
      this.#noteReopened(id, from, attempt?.answer === 'redriven');
      if (attempt) return;
      await this.wait(1_000);
    }
  }

  async cancel(id: string): Promise<void> {
    await this.insist((client) => client.cancel(id, { actor: this.#name }));
  }

  async pause(id: string, paused: boolean): Promise<void> {
    const actor = this.#name;
    await this.insist((client) => (paused ? client.pause(id, { actor }) : client.unpause(id, { actor })));
  }

  /** Adds one to a number of the shared data of a flow, once by id. */
  async share(flow: string, key: string, id: string): Promise<void> {
    await this.insist((client) =>
      client
        .flowData(flow)
        .increment(key, 1, { requestId: id, noWarning: true })
        .then(() => true),
    );
  }

  async shared(flow: string, key: string): Promise<Json | undefined> {
    return (await this.insist(async (client) => ({ value: await client.flowData(flow).get(key) }))).value;
  }

  /** The version, or why the intervention was refused. */
  intervene(id: string, payload: Json, interventionId: string, target?: string): Promise<string> {
    const options = { requestId: interventionId, ...(target === undefined ? {} : { target }) };
    return this.insist(async (client) => {
      try {
        const answer = await client.intervene(id, payload, options);
        return answer.kind === 'accepted' ? String(answer.version) : answer.kind;
      } catch (error) {
        if (FlowError.is(error) && error.code !== 'contention') return error.code;
        throw error;
      }
    });
  }

  /** Records a fact for the check at the end. */
  remember(what: string, text: string): void {
    this.notes.set(what, text);
  }

  /** The retention deletes closed executions. */
  forget(id: string): void {
    this.#stage.forget(id);
  }

  /** Repeats until there is an answer. */
  async insist<T>(work: Work<T>): Promise<T> {
    for (;;) {
      const attempt = await this.#call(work);
      if (attempt) return attempt.answer;
      await this.wait(1_000);
    }
  }

  async #call<T>(work: Work<T>): Promise<{ readonly answer: T } | undefined> {
    const attempt = await this.#stage.call(this.process, work);
    if (typeof attempt === 'object' && 'error' in attempt && FlowError.is(attempt.error)) {
      if (attempt.error.code === 'head_too_large') this.#stage.world.reached('refused for its size');
    }
    return typeof attempt === 'object' && 'answer' in attempt ? attempt : undefined;
  }

  /** A call answered as unchanged may have made the change itself, by an earlier try with an unknown outcome. */
  #noteReopened(id: string, from: number, isSure: boolean): void {
    this.#note({ what: 'reopen', key: id, value: '', from }, isSure ? 'applied' : undefined);
  }

  /** Repeats of the same reading add no information. */
  #note(given: Omit<Operation, 'to' | 'kind'>, kind: string | undefined): void {
    const last = this.operations.at(-1);
    const to = this.#stage.world.tick();
    const key = `${this.#stage.generation(given.key)}/${given.key}`;
    const operation = given.what.startsWith('resume') ? given : { ...given, key };
    const same = operation.what === 'get' && last?.what === 'get' && last.kind === kind && last.key === key;
    if (same && last.value === operation.value) this.operations.pop();
    this.operations.push(kind === undefined ? operation : { ...operation, to, kind });
  }
}

type Settled = Extract<ResumeAnswer, { readonly entry: unknown }>;

/** Whether the answer is in the ledger; callers that revoke links or require actors do not check. */
function isSettled(answer: ResumeAnswer): answer is Settled {
  return 'entry' in answer;
}

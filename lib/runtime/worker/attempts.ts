/** Attempts of one session: started when claimed, ended with an outcome, aborted when the lease is lost. */
import { defined } from '../../defined.ts';
import type { FlowEvent, Outcome } from '../../engine/events.ts';
import type { Activation, Head, Value } from '../../engine/head.ts';
import { type Token, tokenKey, tokenOf } from '../../engine/work/claims/attempt-token.ts';
import type { AnyFlow } from '../../flow/authoring/flow.ts';
import type { ExecutionRecord } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import type { AttemptSpan } from '../../ports/telemetry.ts';
import type { App } from '../app/app.ts';
import { flowAt, resourcesAt } from '../app/lookup.ts';
import type { Parameters } from '../app/parameters.ts';
import type { Resources } from '../app/resources.ts';
import { type AttemptEnvironment, runChunk } from '../chunk/attempt.ts';
import { type AttemptInfo, inAttempt } from '../chunk/attempts-channel.ts';
import type { EmitHandler } from '../chunk/effects.ts';
import { failed } from '../chunk/failed.ts';
import { spaceOf } from '../chunk/workspace.ts';
import type { Decider } from '../commit/commit.ts';
import { shareLoads } from '../reads/shared-load.ts';
import { decideNode } from './decisions.ts';
import { ListItems } from './list-items.ts';

export interface Task {
  readonly token: Token;
  readonly info: AttemptInfo;
  /** When it was claimed (ms). */
  readonly since: number;
  /** Absent: nothing is traced. */
  readonly span: AttemptSpan | undefined;
  readonly controller: AbortController;
}

/** @param thrown the error behind the outcome of a failed attempt */
export type OnEnd = (task: Task, outcome: Outcome, thrown: unknown) => void;

/** An attempt that has ended here. */
export interface Ended {
  readonly task: Task;
  readonly outcome: Outcome;
}

export function settles(batch: readonly Ended[]): FlowEvent[] {
  return batch.map(({ task, outcome }) => ({ type: 'settle', ...task.token, outcome }));
}

export interface TaskRunner {
  /** Starts an activation unless this attempt was started already. */
  begin(activation: Activation, head: Head, onEnd: OnEnd): void;
  running(): number;
  /** Resolves when an attempt ends, at the latest after `ms`. */
  next(ms: number): Promise<void>;
  /** Aborts attempts that are no longer held and discards their outcomes. */
  keepOnly(held: readonly Activation[]): void;
  /** Sends all attempts their abort signal; an outcome that arrives in time still counts. */
  abort(): void;
  /** Ends the wait of `next`. */
  wake(): void;
  /** Ids of the running activations. */
  started(): readonly string[];
  readonly decide: Decider;
}

export interface TaskOptions {
  readonly ports: Ports;
  /** Returns the session's handler of awaited emits for one attempt. */
  readonly emits: (token: Token) => EmitHandler;
  readonly parameters: Parameters;
  readonly app: App;
  readonly flow: AnyFlow;
  readonly resources: Resources;
  readonly record: ExecutionRecord;
  /** The head with uncommitted steps; `undefined` when the stored head is current. */
  readonly ahead: () => Head | undefined;
}

/** Reason of the abort that ends a wait: without one, Node makes an error with a stack each time. */
const WOKEN = null;
/** Turns of the microtask queue in which chunks without I/O end: their wait needs no timer, and one commit settles all. */
const TURNS = 64;

export function createTaskRunner(options: TaskOptions): TaskRunner {
  const { ports, parameters, emits, app, flow, resources, record, ahead: uncommitted } = options;
  const running = new Map<string, Task>();
  /** Attempts that are still held, including ended ones whose commit is pending. */
  const begun = new Map<string, Task>();
  const decisions = new Map<string, readonly number[]>();
  const items = new ListItems(ports.values, record.head, parameters);
  // Items of a list that run together read the state together.
  const stored = shareLoads(() => ports.executions.load(record.head.id));
  const thrown = new WeakMap<Outcome, unknown>();
  /** An attempt has ended, or something else was noticed, since the last wait of `next` ended. */
  let isWoken = false;
  /** Ends the wait of `next` by the clock. Made for that only: most attempts end before it. */
  let waiting: AbortController | undefined;
  const wake = (): void => {
    isWoken = true;
    waiting?.abort(WOKEN);
  };

  const failedBy = (error: unknown): Outcome => {
    const outcome = failed(error, ports);
    thrown.set(outcome, error);
    return outcome;
  };

  const environment = (abort: () => AbortSignal, isHeld: () => boolean): AttemptEnvironment => ({
    app,
    ports,
    resources,
    flow,
    abort,
    isHeld,
    failed: failedBy,
    emits: (activation) => emits(tokenOf(activation)),
    owner: { executionId: record.head.id, inc: record.head.inc },
    space: spaceOf(record.head),
    read: (value: Value) => items.read(value),
    give: (value: Value) => items.give(value),
    // Read from the store: another worker may have committed since.
    head: async () => uncommitted() ?? (await stored())?.head ?? record.head,
  });

  /**
   * Returns the decision, or `undefined` if it fails or is too slow. The match then becomes an activation of its own,
   * with heartbeat and retries, and this commit continues.
   */
  const inTime = async <T>(deciding: Promise<T>): Promise<T | undefined> => {
    const timer = new AbortController();
    const late = ports.clock.sleep(parameters.decideWithin, timer.signal).then(() => undefined);
    const decision = await Promise.race([deciding.catch(() => undefined), late]);
    timer.abort();
    return decision;
  };

  /** The chunk's timeout overrides the execution's, which overrides the flow's. */
  const timeoutOf = (activation: Activation, head: Head): number | undefined => {
    const { graph } = flowAt(flow, head, activation.home);
    const node = graph.nodes[activation.node];
    const own = node?.kind === 'chunk' ? graph.policies[node.chunk] : undefined;
    return own?.timeout ?? head.options.defaults.timeout ?? graph.defaults.timeout;
  };

  /** An attempt that exceeds its timeout gets its abort signal and fails; its later effects are discarded. */
  const withTimeout = async (timeout: number | undefined, outcome: Promise<Outcome>, task: Task): Promise<Outcome> => {
    if (timeout === undefined) return outcome;
    const timer = new AbortController();
    // The aborted attempt may never end, so the timer must end with it.
    task.controller.signal.addEventListener('abort', () => timer.abort());
    const late = ports.clock.sleep(timeout, timer.signal).then((): Outcome | undefined => {
      if (timer.signal.aborted) return undefined;
      task.controller.abort();
      const error = { name: 'TimeoutError', code: 'timeout', message: `The attempt took longer than ${timeout} ms.` };
      return { kind: 'failed', error, fatal: false, entropy: ports.entropy.number() };
    });
    const first = await Promise.race([outcome, late]);
    timer.abort();
    return first ?? outcome;
  };

  const infoOf = ({ node, home, attempt }: Activation, head: Head): AttemptInfo => {
    const own = flowAt(flow, head, home);
    const at = own.graph.nodes[node];
    return { executionId: head.id, flow: own.name, chunk: at?.kind === 'chunk' ? at.chunk : node, attempt };
  };

  const run = async (activation: Activation, head: Head, task: Task): Promise<Outcome> => {
    const own = flowAt(flow, head, activation.home);
    const node = own.graph.nodes[activation.node];
    const around = {
      ...environment(
        () => task.controller.signal,
        () => running.get(tokenKey(task.token)) === task,
      ),
      resources: resourcesAt(resources, flow, head, activation.home),
    };
    try {
      if (node && node.kind !== 'chunk') {
        decisions.set(activation.id, await decideNode(around, own, activation));
        return { kind: 'done', output: null, effects: { state: [], signals: [] } };
      }
      const code = node ? own.chunks.get(node.chunk) : undefined;
      if (!code)
        throw new Error(
          `Flow "${flow.name}" has no code for "${activation.node}". Deploy the flow version that the execution was started with.`,
        );
      const inside = { ...around, flow: own, ...defined({ home: activation.home }) };
      return await inAttempt(task.info, () => runChunk(inside, code, activation));
    } catch (error) {
      return failedBy(error);
    }
  };

  return {
    begin(activation, head, onEnd) {
      const token = tokenOf(activation);
      const key = tokenKey(token);
      if (begun.has(key)) return;
      const info = infoOf(activation, head);
      const { since = ports.clock.now() } = activation;
      const span = ports.tracer?.attempt(info, since);
      const task: Task = { token, info, since, span, controller: new AbortController() };
      begun.set(key, task);
      running.set(key, task);
      const work = () => run(activation, head, task);
      void withTimeout(timeoutOf(activation, head), span ? span.run(work) : work(), task).then((outcome) => {
        if (running.get(key) !== task) return;
        running.delete(key);
        onEnd(task, outcome, thrown.get(outcome));
        wake();
      });
    },
    running: () => running.size,
    async next(ms) {
      for (let turn = 0; turn < TURNS && running.size > 0; turn += 1) await undefined;
      if (running.size > 0 && !isWoken) {
        waiting = new AbortController();
        await ports.clock.sleep(Math.max(0, ms), waiting.signal);
        waiting = undefined;
      }
      isWoken = false;
    },
    keepOnly(held) {
      const kept = new Set(held.map((activation) => tokenKey(tokenOf(activation))));
      for (const [key, { span }] of begun) {
        if (kept.has(key)) continue;
        begun.delete(key);
        // Without effect on attempts whose commit has ended their span.
        span?.end('aborted', ports.clock.now());
      }
      const ids = new Set(held.map((activation) => activation.id));
      for (const id of decisions.keys()) if (!ids.has(id)) decisions.delete(id);
      for (const [key, task] of running) {
        if (kept.has(key)) continue;
        running.delete(key);
        task.controller.abort();
      }
    },
    abort() {
      for (const task of running.values()) task.controller.abort();
    },
    wake,
    started: () => [...running.values()].map((task) => task.token.activation),
    /** Predicates see the state that the commit in progress will store. */
    async decide(undecided, head: Head) {
      const around = {
        ...environment(
          () => new AbortController().signal,
          () => true,
        ),
        head: async () => head,
      };
      for (const activation of head.activations) {
        const { id, home } = activation;
        if (!undecided.has(id) || decisions.has(id)) continue;
        const given = { ...around, resources: resourcesAt(resources, flow, head, home) };
        const decision = await inTime(decideNode(given, flowAt(flow, head, home), activation));
        if (decision !== undefined) decisions.set(id, decision);
      }
      return decisions;
    },
  };
}

/** The attempts that run in one session: begun when claimed, ended with an outcome, aborted when the lease is lost. */
import type { Outcome, SettleEvent } from '../engine/events.ts';
import type { Activation, Head, Value } from '../engine/head.ts';
import type { AnyFlow } from '../flow/flow.ts';
import type { MatchNode } from '../flow/graph.ts';
import { digest } from '../flow/json.ts';
import type { ExecutionRecord } from '../ports/execution-store.ts';
import type { Ports } from '../ports/ports.ts';
import { type AttemptEnvironment, failed, runChunk } from './activation.ts';
import { createStateReader } from './chunk-state.ts';
import type { Decider } from './commit.ts';
import type { Parameters } from './parameters.ts';
import type { Resources } from './resources.ts';
import { loadValue } from './values.ts';

export type Token = Pick<SettleEvent, 'activation' | 'fence' | 'attempt'>;

export interface Task {
  readonly token: Token;
  readonly controller: AbortController;
}

export interface TaskRunner {
  /** Starts an activation unless this very attempt was started already. */
  begin(activation: Activation, onEnd: (task: Task, outcome: Outcome) => void): void;
  running(): number;
  /** Resolves when an attempt has ended, at the latest after `ms`. */
  next(ms: number): Promise<void>;
  /** Aborts what is not held any more; its outcomes are dropped. */
  keepOnly(held: readonly Activation[]): void;
  /** Tells everything that runs to stop; what ends in time still counts. */
  abort(): void;
  /** The activations that run. */
  started(): readonly string[];
  readonly decide: Decider;
}

export interface TaskOptions {
  readonly ports: Ports;
  readonly parameters: Parameters;
  readonly flow: AnyFlow;
  readonly resources: Resources;
  readonly record: ExecutionRecord;
}

export function createTaskRunner({ ports, parameters, flow, resources, record }: TaskOptions): TaskRunner {
  const running = new Map<string, Task>();
  /** Attempts that were started and are still held, ended ones that wait for their commit included. */
  const begun = new Set<string>();
  const decisions = new Map<string, number>();
  let wake = new AbortController();

  const environment = (abort: AbortSignal, isHeld: () => boolean): AttemptEnvironment => ({
    ports,
    resources,
    flow,
    abort,
    isHeld,
    owner: { executionId: record.head.id, inc: record.head.inc },
    read: (value: Value) => loadValue(ports.values, record.head, value),
    // Another worker may have committed since; only the store knows.
    head: async () => (await ports.executions.load(record.head.id))?.head ?? record.head,
  });

  /**
   * The decision, unless it fails or takes too long: then the match stays undecided and becomes an activation of its own, with a
   * heartbeat and attempts, and this commit goes on.
   */
  const inTime = async (deciding: Promise<number>): Promise<number | undefined> => {
    const timer = new AbortController();
    const late = ports.clock.sleep(parameters.decideWithin, timer.signal).then(() => undefined);
    const decision = await Promise.race([deciding.catch(() => undefined), late]);
    timer.abort();
    return decision;
  };

  const run = async (activation: Activation, task: Task): Promise<Outcome> => {
    const node = flow.graph.nodes[activation.node];
    const around = environment(task.controller.signal, () => running.get(keyOf(task.token)) === task);
    try {
      if (node?.kind === 'match') {
        decisions.set(activation.id, await decideMatch(around, activation.node, node, activation.input));
        return { kind: 'done', output: null, effects: { state: [], signals: [] } };
      }
      const code = node?.kind === 'chunk' ? flow.chunks.get(node.chunk) : undefined;
      if (!code) throw new Error(`flow "${flow.name}" has no code for "${activation.node}"`);
      return await runChunk(around, code, activation);
    } catch (error) {
      return failed(error, ports.entropy.number());
    }
  };

  return {
    begin(activation, onEnd) {
      const token = tokenOf(activation);
      const key = keyOf(token);
      if (begun.has(key)) return;
      begun.add(key);
      const task: Task = { token, controller: new AbortController() };
      running.set(key, task);
      void run(activation, task).then((outcome) => {
        if (running.get(key) !== task) return;
        running.delete(key);
        onEnd(task, outcome);
        wake.abort();
      });
    },
    running: () => running.size,
    async next(ms) {
      if (running.size > 0 && !wake.signal.aborted) await ports.clock.sleep(Math.max(0, ms), wake.signal);
      wake = new AbortController();
    },
    keepOnly(held) {
      const kept = new Set(held.map((activation) => keyOf(tokenOf(activation))));
      for (const key of begun) if (!kept.has(key)) begun.delete(key);
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
    started: () => [...running.values()].map((task) => task.token.activation),
    /** Predicates see the state as the commit that needs their decision will leave it. */
    async decide(undecided, head: Head) {
      const around = { ...environment(wake.signal, () => true), head: async () => head };
      for (const { id, node: nodeId, input } of head.activations) {
        const node = flow.graph.nodes[nodeId];
        if (!undecided.has(id) || decisions.has(id) || node?.kind !== 'match') continue;
        const decision = await inTime(decideMatch(around, nodeId, node, input));
        if (decision !== undefined) decisions.set(id, decision);
      }
      return decisions;
    },
  };
}

/** Index of the first case that hits, -1 for none. Literals compare deep and strict. */
async function decideMatch(around: AttemptEnvironment, id: string, node: MatchNode, value: Value): Promise<number> {
  const input = await around.read(value);
  const resources = await around.resources.ready(around.flow.contract.resources);
  const state = createStateReader(around);
  for (const [index, each] of node.cases.entries()) {
    if ('value' in each.when) {
      if (digest(each.when.value) === digest(input)) return index;
      continue;
    }
    const predicate = around.flow.predicates.get(each.when.predicate);
    if (!predicate) throw new Error(`flow "${around.flow.name}" has no predicate for case ${index} of "${id}"`);
    if (await predicate({ input, state, resources })) return index;
  }
  return -1;
}

function tokenOf(activation: Activation): Token {
  return { activation: activation.id, fence: activation.fence ?? 0, attempt: activation.attempt };
}

function keyOf({ activation, fence, attempt }: Token): string {
  return `${activation}:${fence}:${attempt}`;
}

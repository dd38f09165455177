/**
 * One attempt of one activation: builds the context, runs the handler, and turns its effects into an outcome. It
 * commits nothing. Once the attempt has ended or lost its lease, every call on its context throws.
 */
import { defined } from '../../defined.ts';
import type { Outcome } from '../../engine/events.ts';
import type { Activation, Value } from '../../engine/head.ts';
import { FINAL_RESULT } from '../../engine/values/state-writes.ts';
import { tokenKey, tokenOf } from '../../engine/work/claims/attempt-token.ts';
import { describeThrown, FlowError } from '../../errors/errors.ts';
import type { Logger, PauseOptions } from '../../flow/authoring/context.ts';
import { type AnyContext, type ChunkCode, isInterrupt, isPage, isSleep } from '../../flow/authoring/flow.ts';
import type { Sleep } from '../../flow/authoring/interrupt.ts';
import { checkJson } from '../../flow/json.ts';
import * as options from '../../flow/options/calls.ts';
import type { Ports } from '../../ports/ports.ts';
import type { NewStreamItem } from '../../ports/stream-store.ts';
import { MAX_ROW_BYTES, type Owner } from '../../ports/value-store.ts';
import type { App } from '../app/app.ts';
import { checkSize } from '../app/checks/checks.ts';
import { textOf } from '../app/checks/texts.ts';
import { iso } from '../app/checks/times.ts';
import { conformSignal, validate } from '../app/contracts/contract.ts';
import type { Resources } from '../app/resources.ts';
import { warnOnce } from '../app/warn.ts';
import { createApprovals } from './approvals.ts';
import { hasFailureListener } from './attempts-channel.ts';
import { createChunkAttributes } from './attributes.ts';
import { Calls } from './calls.ts';
import { withFields } from './chunk-log.ts';
import { type EmitHandler, Operations } from './effects.ts';
import { createChunkFlowData } from './flow-data.ts';
import { createInterventions } from './interventions.ts';
import {
  checkPage,
  checkPause,
  checkWithdrawal,
  createPages,
  isQuestion,
  makePause,
  makeSleep,
  type Paused,
} from './pauses.ts';
import { createChunkState, type StateSource } from './state.ts';
import { createWorkspace } from './workspace.ts';

export interface AttemptEnvironment extends StateSource {
  readonly app: Pick<App, 'policy' | 'exchange'>;
  readonly ports: Ports;
  readonly resources: Resources;
  readonly owner: Owner;
  /** Reads a value for user code; a list that is too large to be read whole is a `LongList`. */
  give(value: Value): Promise<unknown>;
  /** A signal costs as much as a small chunk, so it is made only for a chunk that asks for it. */
  abort(): AbortSignal;
  /** False once another worker may hold the activation. */
  isHeld(): boolean;
  /** Name of the workspace; `undefined` when the execution has none. */
  readonly space: string | undefined;
  /** Returns the outcome for a thrown error. */
  failed(error: unknown): Outcome;
  /** Returns the session's handler of awaited emits for this activation. */
  emits(activation: Activation): EmitHandler;
}

export async function runChunk(
  environment: AttemptEnvironment,
  code: ChunkCode,
  activation: Activation,
): Promise<Outcome> {
  const { ports, app } = environment;
  const rules = { flow: environment.flow, channels: Object.keys(app.exchange ?? {}) };
  const attempt = await createAttempt(environment, code, activation).catch(environment.failed);
  if ('kind' in attempt) return attempt;
  const { operations, waits, calls: made, context, close } = attempt;
  try {
    const result = await code.handler(context);
    await made.settled();
    if (operations.difference) throw operations.difference;
    const asks = isInterrupt(result) && isQuestion(result);
    // An attempt that asks for approval runs again, so only its question is kept.
    if (!asks) operations.finish();
    checkWaits(code.name, waits, result);
    const effects = operations.takeAll();
    if (isSleep(result)) return { kind: 'slept', until: result.sleepUntil, effects };
    if (isInterrupt(result)) return { kind: 'paused', pause: checkPause(result, code, rules), effects };
    if (isPage(result)) return { kind: 'page', ...checkPage(code.name, result), effects };
    const where = `output of ${code.name}`;
    return { kind: 'done', output: checkSize(checkJson(result ?? null, where), where), effects };
  } catch (error) {
    // Waits for all pending calls: after the attempt Lambda may freeze the process.
    await made.settled().catch(() => undefined);
    const { executionId } = environment.owner;
    const what = { executionId, flow: environment.flow.name, chunk: code.name, attempt: activation.attempt };
    const cause = operations.difference ?? error;
    if (environment.isHeld() && !hasFailureListener())
      ports.log.warn('attempt failed', { ...what, ...describeThrown(cause) });
    return environment.failed(cause);
  } finally {
    close();
  }
}

async function createAttempt(environment: AttemptEnvironment, code: ChunkCode, activation: Activation) {
  const { flow, ports, owner } = environment;
  const input = await environment.give(activation.input);
  const resources = await environment.resources.ready(flow.contract.resources);
  const calls = new Calls();
  const waits: (Paused | Sleep)[] = [];
  const made = <Wait extends Paused | Sleep>(wait: Wait): Wait => {
    waits.push(wait);
    return wait;
  };
  let streamed = 0;
  let closed = false;
  const open = (): void => {
    if (closed || !environment.isHeld()) {
      throw new FlowError(
        'lease_lost',
        `${code.name}: this attempt has ended or lost its lease, so this call has no effect. Await every call before the handler returns.`,
      );
    }
  };
  const operations = new Operations(activation, {
    chunk: code.name,
    emits: environment.emits(activation),
    calls,
    open,
  });
  const state = createChunkState(environment, operations);
  const { resume } = activation;
  // The answer to an approval must not appear as the answer to a pause of the chunk.
  const answer =
    resume && resume.approval === undefined
      ? {
          value: await environment.read(resume.value),
          ...defined({ requestId: resume.requestId }),
        }
      : undefined;
  const execution = { id: owner.executionId, flow: flow.name };
  let log: Logger | undefined;
  const requireApproval = createApprovals({
    chunk: code.name,
    execution,
    policy: environment.app.policy,
    decided: async (key) => {
      const known = resume?.decided?.[key];
      return known && environment.read(known);
    },
    paused: made,
  });
  const context: AnyContext = {
    input,
    value: input,
    execution,
    chunk: code.name,
    attempt: activation.attempt,
    idempotencyKey: `${owner.executionId}/${activation.id}`,
    get abort() {
      return environment.abort();
    },
    get log() {
      log ??= withFields(ports.log, {
        executionId: execution.id,
        flow: flow.name,
        chunk: code.name,
        attempt: activation.attempt,
      });
      return log;
    },
    resources,
    state,
    flowData: createChunkFlowData(environment, operations),
    workspace: createWorkspace(ports.artifacts, workspaceOf(environment, code.name), operations),
    interventions: createInterventions(environment, operations, { chunk: code.name, clock: ports.clock }),
    requireResource(key) {
      if (Object.hasOwn(resources, key)) return resources[key];
      throw new FlowError(
        'missing_resource',
        `${code.name}: the resource "${key}" is missing. Give defineApp a factory for it.`,
      );
    },
    isResume: answer !== undefined,
    resume: answer,
    answer: receivedAnswer(activation),
    emit(name, value, { key } = {}) {
      const check = () => ({ signal: name, value: checkSize(conformSignal(flow, name, value), `signal ${name}`) });
      return operations.emit(name, check, (emits) => emits, key);
    },
    emitNowait(name, value) {
      operations.signal(name, () => checkSize(conformSignal(flow, name, value), `signal ${name}`));
    },
    stream(item) {
      const check = (): NewStreamItem => {
        streamed += 1;
        const id = `${tokenKey(tokenOf(activation))}:${streamed}`;
        const checked = checkSize(
          validate(flow.contract.stream, item, `stream item of ${code.name}`),
          `stream item of ${code.name}`,
          { limit: MAX_ROW_BYTES },
        );
        return { id, chunk: code.name, attempt: activation.attempt, item: checked };
      };
      return operations.perform('stream', '', check, async (line) => {
        if ((await ports.streams.append(owner, [line])) === 'appended') return;
        warnOnce(ports.log, `flow "${flow.name}": stream items after the end of their stream are ignored`);
      });
    },
    stopStream() {
      return operations.perform(
        'stopStream',
        '',
        () => undefined,
        () => ports.streams.end(owner),
      );
    },
    setResult(value) {
      warnOnce(ports.log, 'setResult is deprecated: store results in state');
      return state.set(FINAL_RESULT, value);
    },
    pauseFor(wait: PauseOptions) {
      open();
      return made(makePause<never>(wait));
    },
    sleep(ms) {
      open();
      return made(makeSleep(code.name, typeof ms === 'number' ? ports.clock.now() + ms : undefined));
    },
    sleepUntil(time) {
      open();
      return made(makeSleep(code.name, time));
    },
    page: createPages(activation.page && (await environment.read(activation.page.from)), open),
    attributes: createChunkAttributes(environment, operations),
    now: () => ports.clock.now(),
    withdraw(what) {
      const check = () => checkWithdrawal(code.name, what);
      return operations.perform('withdraw', '', check, async (named) => void operations.withdrawn.push(named));
    },
    cancel(reason) {
      const cancel = async () => operations.cancel(textOf('reason', reason, { schema: options.reason }).reason);
      return calls.track(cancel());
    },
    requireApproval(request) {
      const ask = async () => {
        open();
        return requireApproval(request);
      };
      return calls.track(ask());
    },
  };
  const close = (): void => {
    closed = true;
  };
  return { context, operations, waits, calls, close };
}

function receivedAnswer({ answer }: Activation): AnyContext['answer'] {
  if (!answer) return undefined;
  const { interrupt: interruptId, requestId, at, actor, verified = false } = answer;
  return { interruptId, ...defined({ actor }), verified, at: iso(at), requestId };
}

function workspaceOf({ space, flow }: AttemptEnvironment, chunk: string): () => string {
  return () => {
    if (space !== undefined) return space;
    throw new FlowError(
      'missing_resource',
      `${chunk}: executions of flow "${flow.name}" have no workspace. Remove workspace: false from its options.`,
    );
  };
}

/** Checks that the attempt made at most one wait and returned it. @throws FlowError `invalid_pause` */
function checkWaits(chunk: string, waits: readonly unknown[], result: unknown): void {
  if (waits.length === 0 && !isInterrupt(result) && !isSleep(result)) return;
  if (waits.length === 1 && waits[0] === result) return;
  throw new FlowError(
    'invalid_pause',
    `${chunk}: the chunk made a wait and did not return it. Return the one result of pauseFor, sleep or sleepUntil, and move code after it into the next chunk.`,
  );
}

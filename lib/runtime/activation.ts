/**
 * One attempt of one activation: builds the context, runs the handler, and turns what it did into an outcome. Nothing is
 * committed here. After the attempt ended or lost its lease the context refuses to do anything more.
 */
import type { ErrorInfo, Outcome, StateOperation } from '../engine/events.ts';
import type { Activation } from '../engine/head.ts';
import { FINAL_RESULT } from '../engine/state.ts';
import { describeFault, FatalError, FlowError, type FlowErrorCode, type RetryableError } from '../errors.ts';
import type { PauseOptions } from '../flow/context.ts';
import { type AnyContext, type ChunkCode, isInterrupt, isSleep } from '../flow/flow.ts';
import { checkJson } from '../flow/json.ts';
import type { Ports } from '../ports/ports.ts';
import type { NewStreamItem } from '../ports/stream-store.ts';
import type { Owner } from '../ports/value-store.ts';
import type { App } from './app.ts';
import { createApprovals } from './approvals.ts';
import { createChunkFlowData } from './chunk-flow-data.ts';
import { createChunkState, type StateSource } from './chunk-state.ts';
import { conform, conformSignal } from './contract.ts';
import { createInterventions } from './interventions.ts';
import { type EmitHost, Operations } from './operations.ts';
import { checkPause, makePause, makeSleep, type Paused } from './pauses.ts';
import type { Resources } from './resources.ts';
import { checkSize } from './values.ts';
import { warnOnce } from './warn.ts';
import { createWorkspace } from './workspace.ts';

export interface AttemptEnvironment extends StateSource {
  readonly app: Pick<App, 'policy' | 'exchange'>;
  readonly ports: Ports;
  readonly resources: Resources;
  readonly owner: Owner;
  readonly abort: AbortSignal;
  /** False once another worker may have the activation. */
  isHeld(): boolean;
  /** Name of the workspace. `undefined`: there is none. */
  readonly space: string | undefined;
  /** Of awaited emits. */
  host(activation: Activation): EmitHost;
}

/** The refusals of the engine inside a chunk that another attempt can't mend. */
const FATAL: ReadonlySet<FlowErrorCode> = new Set<FlowErrorCode>([
  'missing_resource',
  'invalid_pause',
  'invalid_value',
  'value_too_large',
  'definition_invalid',
  'nondeterministic_chunk',
]);

/** Characters of an error's message that are kept. */
const ERROR_LENGTH = 2_000;

export async function runChunk(
  environment: AttemptEnvironment,
  code: ChunkCode,
  activation: Activation,
): Promise<Outcome> {
  const { ports, app } = environment;
  const channels = Object.keys(app.exchange ?? {});
  const attempt = await createAttempt(environment, code, activation).catch((error: unknown) =>
    failed(error, ports.entropy.number()),
  );
  if ('kind' in attempt) return attempt;
  const { operations, paused, pending, context, close } = attempt;
  try {
    const result = await code.handler(context);
    await settled(pending);
    operations.finish();
    if (paused.length > 0 && !(isInterrupt(result) && paused[0] === result && paused.length === 1)) {
      throw new FlowError(
        'invalid_pause',
        `${code.name}: return what pauseFor gives, once; nothing after a pause is kept.`,
      );
    }
    const effects = operations.take();
    checkWrites(effects.state);
    if (isSleep(result)) return { kind: 'slept', until: result.sleepUntil, effects };
    if (isInterrupt(result)) return { kind: 'paused', pause: checkPause(result, code, channels), effects };
    return { kind: 'done', output: checkSize(checkJson(result ?? null, `output of ${code.name}`), code.name), effects };
  } catch (error) {
    // Nothing that the attempt began goes on behind its end: the process may be frozen then.
    await settled(pending).catch(() => undefined);
    const { executionId } = environment.owner;
    const what = { executionId, flow: environment.flow.name, chunk: code.name, attempt: activation.attempt };
    if (environment.isHeld()) ports.log.warn('attempt failed', { ...what, ...describeFault(error) });
    return failed(error, ports.entropy.number());
  } finally {
    close();
  }
}

/** Waits for everything that was begun, also by what was begun meanwhile. @throws the first refusal */
async function settled(pending: readonly Promise<void>[]): Promise<void> {
  for (let waited = 0; waited < pending.length; ) {
    const more = pending.slice(waited);
    waited = pending.length;
    await Promise.allSettled(more);
  }
  await Promise.all(pending);
}

async function createAttempt(environment: AttemptEnvironment, code: ChunkCode, activation: Activation) {
  const { flow, ports, owner } = environment;
  const input = await environment.read(activation.input);
  const resources = await environment.resources.ready(flow.contract.resources);
  const pending: Promise<void>[] = [];
  const track = (work: Promise<void>): Promise<void> => {
    work.catch(() => undefined);
    pending.push(work);
    return work;
  };
  const paused: Paused[] = [];
  let streamed = 0;
  let closed = false;
  const open = (): void => {
    if (closed || !environment.isHeld()) {
      throw new FlowError('lease_lost', `${code.name}: this attempt has ended; what it does now is not kept.`);
    }
  };
  const operations = new Operations(activation, { host: environment.host(activation), track, open });
  const state = createChunkState(environment, operations);
  const { resume } = activation;
  // An answer to an approval is no answer to a pause of the chunk's own.
  const answer =
    resume && resume.approval === undefined
      ? {
          value: await environment.read(resume.value),
          ...(resume.requestId === undefined ? {} : { requestId: resume.requestId }),
        }
      : undefined;
  const execution = { id: owner.executionId, flow: flow.name };
  const requireApproval = createApprovals({
    chunk: code.name,
    execution,
    policy: environment.app.policy,
    decided: async (key) => {
      const known = resume?.decided?.[key];
      return known && environment.read(known);
    },
    paused: (pause) => paused.push(pause),
  });
  const context: AnyContext = {
    input,
    value: input,
    execution,
    chunk: code.name,
    attempt: activation.attempt,
    idempotencyKey: `${owner.executionId}/${activation.id}`,
    abort: environment.abort,
    log: ports.log,
    resources,
    state,
    flowData: createChunkFlowData(environment, operations),
    workspace: createWorkspace(ports.artifacts, spaceFor(environment, code.name), operations),
    interventions: createInterventions(environment, operations, { chunk: code.name, clock: ports.clock }),
    requireResource(key) {
      if (Object.hasOwn(resources, key)) return resources[key];
      throw new FlowError(
        'missing_resource',
        `${code.name} needs the resource "${key}"; give defineApp a factory for it.`,
      );
    },
    isResume: answer !== undefined,
    resume: answer,
    emit(name, value) {
      return operations.emit(name, () => ({
        signal: name,
        value: checkSize(conformSignal(flow, name, value), `signal ${name}`),
      }));
    },
    emitNowait(name, value) {
      operations.signal(name, () => checkSize(conformSignal(flow, name, value), `signal ${name}`));
    },
    stream(item) {
      const check = (): NewStreamItem => {
        streamed += 1;
        const id = `${activation.id}:${activation.fence}:${streamed}`;
        const checked = checkSize(conform(flow.contract.stream, item, `stream item of ${code.name}`), 'stream item');
        return { id, chunk: code.name, attempt: activation.attempt, item: checked };
      };
      return operations.perform('stream', '', check, async (line) => {
        if ((await ports.streams.append(owner, [line])) === 'appended') return;
        warnOnce(ports.log, `items behind the end of a stream of "${flow.name}" are ignored`);
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
      warnOnce(ports.log, 'setResult is deprecated: keep results in state');
      return state.set(FINAL_RESULT, value);
    },
    pauseFor(options: PauseOptions) {
      open();
      const interrupt = makePause<never>(options);
      paused.push(interrupt);
      return interrupt;
    },
    sleep: (ms) => makeSleep(code.name, ports.clock.now() + ms),
    sleepUntil: (time) => makeSleep(code.name, Number(time)),
    async requireApproval(request) {
      open();
      return requireApproval(request);
    },
  };
  const close = (): void => {
    closed = true;
  };
  return { context, operations, paused, pending, close };
}

function spaceFor({ space, flow }: AttemptEnvironment, chunk: string): () => string {
  return () => {
    if (space !== undefined) return space;
    throw new FlowError(
      'missing_resource',
      `${chunk}: executions of "${flow.name}" have no workspace (workspace: false).`,
    );
  };
}

function checkWrites(writes: readonly StateOperation[]): void {
  for (const write of writes) if ('value' in write) checkSize(write.value, `state.${write.path}`);
}

/** Errors are kept in the head: what is said of them is text, and short. */
function clip(text: unknown): string {
  return String(text).slice(0, ERROR_LENGTH).toWellFormed();
}

/** Also one that another copy of this package made. */
function isRetryable(error: unknown): error is RetryableError {
  return error instanceof Error && error.name === 'RetryableError' && 'retryAfter' in error;
}

/** What a thrown thing means for the attempt. */
export function failed(error: unknown, entropy: number): Outcome {
  const info: ErrorInfo =
    error instanceof Error
      ? { name: clip(error.name), message: clip(error.message), ...(FlowError.is(error) ? { code: error.code } : {}) }
      : {
          name: 'Error',
          message: clip(`a chunk threw ${typeof error === 'string' ? `"${error}"` : typeof error}, not an Error`),
        };
  const fatal =
    error instanceof FatalError || info.name === 'FatalError' || (FlowError.is(error) && FATAL.has(error.code));
  return {
    kind: 'failed',
    error: info,
    fatal,
    entropy,
    ...(isRetryable(error) ? { retryAfter: error.retryAfter } : {}),
  };
}

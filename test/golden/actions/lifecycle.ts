/** Definition, start, seal and close. */
import type { HandleOptions } from '../../../lib/host/host.ts';
import { FlowError } from '../../../lib/index.ts';
import type { ExecutionView, StartOptions } from '../../../lib/runtime/client/types.ts';
import { type Action, GoldenError, isObject, type Json, type JsonObject, NotBuilt, text } from '../format.ts';
import { failureOf } from '../play/codes.ts';
import { type Handle, type Settings, snapshotOf } from '../play/handle.ts';
import type { Act, Host } from '../play/host.ts';

/** Longest wait for an automatic close. */
const CLOSE_WITHIN = 3_600_000;

export const define: Act = async ({ program }, { flow }) => {
  program.app(program.flow(flow === undefined ? undefined : text(flow, 'flow')));
  return undefined;
};

export const create: Act = async (host, action) => {
  const settings = settingsOf(action);
  const handle = host.make(settings);
  const flow = handle.process.host.flow(handle.flow);
  handle.execution = await refusedMode(() =>
    flow.createExecution({ ...settings.start, ...settings.handle, id: handle.id }),
  );
  host.keep(action.as ?? 'ex', handle);
  return undefined;
};

export const start: Act = async (host, action) => {
  const handle = host.handle(action);
  const before = await handle.view();
  await host.client(action).start(handle.flow, action.value ?? null, { id: handle.id });
  const view = await host.quiet(action, handle, { before });
  return handle.options.start.autoClose ? { close_snapshot: await closeOf(host, handle, view) } : undefined;
};

/** The start continues in the background until `joinStart`, or longer. */
export const startNowait: Act = async (host, action) => {
  const { id, flow } = host.handle(action);
  await host.client(action).start(flow, action.value ?? null, { id });
  await host.rig.pass(Number(action.run_ms ?? 0));
  return undefined;
};

/** With `autoClose` a start resolves at the close, unless a wait is pending. */
export const joinStart: Act = async (host, action) => {
  const handle = host.handle(action);
  const view = await host.quiet(action, handle, { before: undefined });
  if (handle.options.start.autoClose && view?.interrupts.length === 0) await closeOf(host, handle, view);
  return undefined;
};

export const startExecution: Act = async (host, action) => {
  await create(host, action);
  return start(host, action);
};

/** The one-call form: no execution remains afterwards. */
export const flowStart: Act = async (host, action) => {
  const settings = settingsOf(action);
  const options = isObject(action.options) && 'auto_close' in action.options ? settings.start : {};
  const handle = host.make(settings);
  try {
    const flow = handle.process.host.flow(handle.flow);
    host.closeSnapshot = await flow.start(action.value ?? null, { ...options, id: handle.id });
    return { close_snapshot: host.closeSnapshot };
  } catch (error) {
    if (FlowError.is(error) && error.code === 'pending_interrupts')
      throw new GoldenError('hidden_handle_pause', error.message);
    if (FlowError.is(error) && error.code === 'invalid_request')
      throw new GoldenError('hidden_auto_close_false', error.message);
    const failure = (await handle.view())?.error;
    throw failure ? failureOf(failure) : error;
  }
};

/** With `autoClose` a start resolves at the close. */
async function closeOf({ rig }: Host, handle: Handle, view: ExecutionView | undefined): Promise<Json> {
  let now = view;
  for (let waited = 0; now?.lifecycle !== 'closed'; waited += 1_000) {
    if (waited > CLOSE_WITHIN) throw new Error('it does not close');
    await rig.advance(1_000);
    now = await handle.view();
  }
  return snapshotOf(now);
}

export const seal: Act = async (host, action) => {
  await host.client(action).seal(host.handle(action).id);
  if (action.settle === false) await host.rig.kick();
  return undefined;
};

export const unseal: Act = async (host, action) => {
  await host.client(action).unseal(host.handle(action).id);
  return undefined;
};

export const close: Act = async (host, action) => {
  const handle = host.handle(action);
  const { pending_interrupts: asked } = action;
  // An unknown policy is passed on: the engine has to refuse it.
  const policy = asked === 'error' || asked === undefined ? 'reject' : (asked as 'cancel');
  const answer = await refused('invalid_pending_policy', () =>
    host.client(action).close(handle.id, { pendingInterrupts: policy }),
  );
  if (answer.kind === 'pendingInterrupts') throw new GoldenError('pending_interrupts_on_close');
  await host.rig.settle();
  const view = await handle.view();
  if (view?.lifecycle !== 'closed') throw new GoldenError('other: still open');
  host.closeSnapshot = snapshotOf(view);
  return { close_snapshot: host.closeSnapshot };
};

/** A call refused as an invalid request, in the code of the format. */
async function refused<T>(code: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw FlowError.is(error) && error.code === 'invalid_request' ? new GoldenError(code, error.message) : error;
  }
}

/** Errors of the intervention mode, in the codes of the format. */
async function refusedMode<T>(create: () => Promise<T>): Promise<T> {
  try {
    return await create();
  } catch (error) {
    if (!FlowError.is(error) || error.code !== 'invalid_request') throw error;
    const hasPoints = error.message.includes('points');
    throw new GoldenError(hasPoints ? 'auto_interventions_with_points' : 'invalid_intervention_mode', error.message);
  }
}

/** Maps options of the format to this engine's. */
export function settingsOf({ options }: Action): Settings {
  const given: JsonObject = isObject(options) ? options : {};
  const {
    auto_close,
    auto_close_timeout,
    concurrency,
    skip_exceptions,
    runtime_resources,
    intervention_mode,
    owner_id,
    lease_ttl,
    ...rest
  } = given;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw new NotBuilt(`option ${unknown}`);
  const start: StartOptions = {
    autoClose: auto_close === true,
    ...(auto_close_timeout === undefined ? {} : { autoCloseTimeout: milliseconds(auto_close_timeout) }),
    ...(typeof concurrency === 'number' ? { concurrency } : {}),
    ...(skip_exceptions === true ? { defaults: { onError: 'skip' } } : {}),
    ...(intervention_mode === undefined ? {} : { interventionMode: intervention_mode as 'auto' }),
  };
  const handle: HandleOptions = {
    resources: isObject(runtime_resources) ? runtime_resources : {},
    ...(typeof owner_id === 'string' ? { ownerId: owner_id } : {}),
    ...(typeof lease_ttl === 'number' ? { leaseTtl: lease_ttl * 1_000 } : {}),
  };
  return { start, handle };
}

function milliseconds(seconds: Json): number | null {
  return seconds === null ? null : Number(seconds) * 1_000;
}

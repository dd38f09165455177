/** Answers to pending interrupts. */
import type { InterruptView } from '../../../lib/runtime/client/types.ts';
import { type Action, canon, GoldenError, isObject, type Json, text } from '../format.ts';
import type { Act, Host } from '../play/host.ts';

export const continueWith: Act = async (host, action) => {
  const handle = host.handle(action);
  const before = await handle.view();
  const { resume_request_id: requestId, actor } = action;
  const answer = await handle.held.continueWith(await pick(host, action), action.value ?? null, {
    ...(requestId === undefined ? {} : { requestId: text(requestId, 'resume_request_id') }),
    ...(actor === undefined ? {} : { actor: text(actor, 'actor') }),
  });
  if (answer.kind === 'unknown') throw new GoldenError('interrupt_not_found');
  if (answer.kind === 'conflict') throw new GoldenError('interrupt_not_waiting');
  if (answer.kind === 'leaseExpired') throw new GoldenError('lease_expired');
  if (answer.kind === 'mismatch') throw new GoldenError('resume_request_conflict');
  await host.quiet(action, handle, { before, raises: answer.kind === 'accepted' });
  return undefined;
};

export const aliasPending: Act = async (host, action) => {
  host.aliases.set(text(action.as, 'as'), await pick(host, action));
  return undefined;
};

/** The first interrupt that a `pick` names: by id, alias, index or payload. */
async function pick(host: Host, { pick: wanted, ...action }: Action): Promise<string> {
  const view = await host.handle(action).view();
  const id = isObject(wanted) ? named(wanted, host.aliases) : undefined;
  const found = id ?? find(wanted, view?.interrupts ?? [])?.interruptId;
  if (found === undefined) throw new GoldenError('no_matching_pending');
  return found;
}

function named(wanted: { readonly [key: string]: Json }, aliases: ReadonlyMap<string, string>): string | undefined {
  if (wanted.id !== undefined) return String(wanted.id);
  return wanted.alias === undefined ? undefined : aliases.get(String(wanted.alias));
}

function find(wanted: Json | undefined, pending: readonly InterruptView[]): InterruptView | undefined {
  if (!isObject(wanted)) return undefined;
  if (wanted.index !== undefined) return pending[Number(wanted.index)];
  if (wanted.payload === undefined) return undefined;
  const { payload } = wanted;
  return pending.find((each) => fits(each.payload, payload));
}

function fits(payload: Json, wanted: Json): boolean {
  if (canon(payload) === canon(wanted)) return true;
  if (!isObject(payload) || !isObject(wanted)) return false;
  return Object.entries(wanted).every(
    ([key, value]) => Object.hasOwn(payload, key) && canon(payload[key]) === canon(value),
  );
}

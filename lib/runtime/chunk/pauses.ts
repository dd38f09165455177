/** Checks of pauses and sleeps that a chunk returns: an invalid wait is never stored. */
import type { ZodType } from 'zod';
import { defined } from '../../defined.ts';
import type { Outcome, Pause, Withdrawal } from '../../engine/events.ts';
import { FlowError } from '../../errors/errors.ts';
import { approvalAnswer } from '../../flow/authoring/approval.ts';
import type { PauseOptions } from '../../flow/authoring/context.ts';
import { type AnyFlow, type ChunkCode, INTERRUPT, PAGE, SLEEP } from '../../flow/authoring/flow.ts';
import type { Interrupt, Page, Pages, Sleep } from '../../flow/authoring/interrupt.ts';
import { LONGEST_WAIT } from '../../flow/checks/definition.ts';
import { WAIT_ID } from '../../flow/ids.ts';
import { checkJson, type Json } from '../../flow/json.ts';
import { problemOf } from '../../flow/options/check.ts';
import { pauseOptions } from '../../flow/options/pauses.ts';
import { MAX_ROW_BYTES } from '../../ports/value-store.ts';
import { checkSize } from '../app/checks/checks.ts';
import { dateOf } from '../app/checks/times.ts';
import { answerSchema, signalSchema, validate } from '../app/contracts/contract.ts';

/** About the year 2200: a later time is most likely a mistake of units. */
const LATEST = LONGEST_WAIT + Date.UTC(2100, 0);

type PageOutcome = Extract<Outcome, { kind: 'page' }>;

/** A pause as the chunk holds it; `approval` is the key of its approval question. */
export interface Paused<To = unknown> extends Interrupt<To> {
  readonly approval?: string;
}

export function makePause<To>(options: PauseOptions, approval?: string): Paused<To> {
  const mark = { interrupt: options, [INTERRUPT]: true };
  return approval === undefined ? mark : { ...mark, approval };
}

/** Whether the pause is an approval question, whose answer returns to the same activation. */
export function isQuestion({ approval }: Paused): boolean {
  return approval !== undefined;
}

/** Makes a sleep. @throws FlowError `invalid_pause` unless `time` is at most 100 years ahead */
export function makeSleep(chunk: string, time: unknown): Sleep {
  const until = Math.ceil(typeof time === 'number' ? time : dateOf(time));
  // The limit of dates leaves room for a wait of 100 years.
  if (Number.isSafeInteger(until) && until <= LATEST) return { sleepUntil: Math.max(0, until), [SLEEP]: true } as Sleep;
  throw new FlowError(
    'invalid_pause',
    `${chunk}: the time of a sleep is invalid. Pass milliseconds to sleep or a time to sleepUntil, at most 100 years ahead.`,
  );
}

export interface PauseRules {
  /** The flow whose contract declares the signals. */
  readonly flow: AnyFlow;
  /** Channels that have an exchange provider. */
  readonly channels: readonly string[];
}

/** @throws FlowError `invalid_pause`, `invalid_value`, `value_too_large` */
export function checkPause(paused: Paused, { name: chunk, resume }: ChunkCode, { flow, channels }: PauseRules): Pause {
  const { interrupt: options, approval } = paused;
  const problem = problemOf(pauseOptions, options, `pauseFor in chunk "${chunk}"`);
  if (problem !== undefined) throw new FlowError('invalid_pause', problem);
  const { type, payload = null, expiresIn, onExpiry, id, maxResumes = 1, channel, requireActor } = options;
  if (channel !== undefined && !channels.includes(channel)) throw unknownChannel(chunk, channel);
  const { resumeEvent, resumeTo = resumeEvent === undefined ? 'next' : { event: resumeEvent } } = options;
  const event = isEvent(resumeTo) ? resumeTo.event : undefined;
  const signal = event === undefined ? undefined : signalSchema(flow, event);
  const schema = approval === undefined ? answerSchema(resume, signal) : approvalAnswer;
  const expiry = onExpiry === undefined || onExpiry === 'fail' ? undefined : onExpiry;
  return {
    type,
    payload: checkSize(checkJson(payload, 'payload'), `the payload of a pause of ${chunk}`, { limit: MAX_ROW_BYTES }),
    resumeTo: event === undefined ? resumeTo : { event },
    maxResumes,
    ...defined({ id, channel }),
    ...(requireActor ? { requireActor } : {}),
    ...defined({ approval, expiresIn }),
    ...(expiry ? { onExpiry: expiryOf(expiry, { flow, chunk, schema }) } : {}),
  };
}

function unknownChannel(chunk: string, channel: string): FlowError {
  return new FlowError(
    'invalid_pause',
    `pauseFor in chunk "${chunk}": the channel "${channel}" has no exchange provider. Give defineApp one of that name.`,
  );
}

/** Validates the value of the expiry now: it cannot be corrected once the wait is stored. */
function expiryOf(
  onExpiry: { readonly value: unknown } | { readonly event: string },
  { flow, chunk, schema }: { readonly flow: AnyFlow; readonly chunk: string; readonly schema: ZodType | undefined },
): NonNullable<Pause['onExpiry']> {
  if (!isEvent(onExpiry))
    return { value: checkSize(validate(schema, onExpiry.value, 'onExpiry.value'), `onExpiry.value of ${chunk}`) };
  const { event } = onExpiry;
  const signal = signalSchema(flow, event);
  try {
    const emits = validate(signal, null, `signal ${event}`);
    return emits === null ? { event } : { event, emits };
  } catch (error) {
    if (!FlowError.is(error)) throw error;
    throw new FlowError(
      error.code,
      `${chunk}: onExpiry emits null. ${error.message} Make the signal's schema accept null, or use onExpiry: { value }.`,
      { cause: error },
    );
  }
}

function isEvent<T>(value: T): value is Extract<T, { readonly event: string }> {
  return typeof value === 'object' && value !== null && 'event' in value && typeof value.event === 'string';
}

/** @throws FlowError `invalid_value` unless it is the id of a wait, or a type */
export function checkWithdrawal(chunk: string, what: unknown): Withdrawal {
  if (typeof what === 'string' && WAIT_ID.test(what)) return { id: what };
  const type = typeof what === 'object' && what !== null && 'type' in what ? what.type : undefined;
  if (typeof type === 'string' && type !== '') return { type };
  throw new FlowError('invalid_value', `${chunk}: withdraw got no wait. Pass the id of a wait, or { type }.`);
}

/** Makes `ctx.page`. @param from where the page begins; `undefined` for the first one */
export function createPages(from: Json | undefined, open: () => void): Pages {
  const page = <Item>(items: readonly Item[], { next }: { readonly next?: unknown } = {}): Page<Item> => {
    open();
    return { page: { items, ...(next === undefined ? {} : { next }) }, [PAGE]: true } as Page<Item>;
  };
  return Object.assign(page, { from });
}

/** @throws FlowError `invalid_value`, `value_too_large` */
export function checkPage(
  chunk: string,
  { page: { items, next } }: Page<unknown>,
): Pick<PageOutcome, 'items' | 'next'> {
  const checked = checkSize(checkJson(items, `items of the page of ${chunk}`), `the page of ${chunk}`);
  if (!Array.isArray(checked))
    throw new FlowError('invalid_value', `${chunk}: ctx.page got no list. Pass an array of items, which may be empty.`);
  const where = `next of the page of ${chunk}`;
  return {
    items: checked as readonly Json[],
    ...(next === undefined ? {} : { next: checkSize(checkJson(next, where), where) }),
  };
}

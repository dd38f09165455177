/** What a chunk hands back as a pause, checked: nothing that cannot be waited for is stored. */
import type { ZodType } from 'zod';
import type { Pause } from '../../engine/events.ts';
import { FlowError } from '../../errors/errors.ts';
import { approvalAnswer } from '../../flow/authoring/approval.ts';
import type { PauseOptions } from '../../flow/authoring/context.ts';
import { type AnyFlow, type ChunkCode, INTERRUPT, SLEEP } from '../../flow/authoring/flow.ts';
import type { Interrupt, Sleep } from '../../flow/authoring/interrupt.ts';
import { LONGEST_WAIT } from '../../flow/graph/definition.ts';
import { checkJson } from '../../flow/json.ts';
import { checkSize } from '../app/checks.ts';
import { answerSchema, signalSchema, validate } from '../app/contract.ts';
import { dateOf } from '../app/times.ts';

/** Year 2200 or so: sleeping longer is a mistake of units. */
const LATEST = LONGEST_WAIT + Date.UTC(2100, 0);

/** Explicit interrupt ids; the item's path is added. */
const INTERRUPT_ID = /^(?!\.+$)[A-Za-z0-9_.:@=-]{1,96}$/;

/** A pause as the chunk holds it; `approval` is the key of the question it is for. */
export interface Paused<To = unknown> extends Interrupt<To> {
  readonly approval?: string;
}

export function makePause<To>(options: PauseOptions, approval?: string): Paused<To> {
  const mark = { interrupt: options, [INTERRUPT]: true };
  return approval === undefined ? mark : { ...mark, approval };
}

/** The answer goes to the activation that asked. */
export function isQuestion({ approval }: Paused): boolean {
  return approval !== undefined;
}

/** @throws FlowError `invalid_pause` for what is no time in the next 100 years */
export function makeSleep(chunk: string, time: unknown): Sleep {
  const until = Math.ceil(typeof time === 'number' ? time : dateOf(time));
  // The limit of dates leaves room for a wait of 100 years.
  if (Number.isSafeInteger(until) && until <= LATEST) return { sleepUntil: Math.max(0, until), [SLEEP]: true } as Sleep;
  throw new FlowError(
    'invalid_pause',
    `${chunk}: sleep takes milliseconds, sleepUntil a time, at most 100 years ahead.`,
  );
}

export interface PauseRules {
  /** Its contract says what may be emitted. */
  readonly flow: AnyFlow;
  /** Who can announce a wait. */
  readonly channels: readonly string[];
}

/** @throws FlowError `invalid_pause`, `invalid_value`, `value_too_large` */
export function checkPause(paused: Paused, { name: chunk, resume }: ChunkCode, { flow, channels }: PauseRules): Pause {
  const { interrupt: options, approval } = paused;
  const {
    type,
    payload = null,
    expiresIn,
    onExpiry,
    id,
    maxResumes = 1,
    resumeEvent,
    channel,
    requireActor = false,
  } = options;
  const invalid = (problem: string) => new FlowError('invalid_pause', `${chunk}: pauseFor ${problem}.`);
  const resumeTo = options.resumeTo ?? (resumeEvent === undefined ? 'next' : { event: resumeEvent });
  if (typeof type !== 'string' || type === '') throw invalid('needs a type');
  if (resumeTo !== 'next' && resumeTo !== 'self' && !isEvent(resumeTo)) {
    throw invalid(`does not know resumeTo ${JSON.stringify(resumeTo)}`);
  }
  if (id !== undefined && !INTERRUPT_ID.test(id)) throw invalid(`takes ids that match ${INTERRUPT_ID.source}`);
  if (maxResumes !== null && !(Number.isSafeInteger(maxResumes) && maxResumes >= 0)) {
    throw invalid('takes maxResumes as a whole number from 0, or null for any number');
  }
  if (expiresIn !== undefined && !(Number.isSafeInteger(expiresIn) && expiresIn > 0 && expiresIn <= LONGEST_WAIT)) {
    throw invalid('takes expiresIn as a positive number of milliseconds, at most 100 years');
  }
  if (channel !== undefined && !channels.includes(channel)) {
    throw invalid(`knows no channel ${JSON.stringify(channel)}; give defineApp an exchange provider of that name`);
  }
  if (typeof requireActor !== 'boolean') throw invalid('takes requireActor as true or false');
  const event = isEvent(resumeTo) ? resumeTo.event : undefined;
  const signal = event === undefined ? undefined : signalSchema(flow, event);
  const schema = approval === undefined ? answerSchema(resume, signal) : approvalAnswer;
  const goesOn = typeof onExpiry === 'object' && onExpiry !== null && ('value' in onExpiry || isEvent(onExpiry));
  if (onExpiry !== undefined && onExpiry !== 'fail' && !goesOn)
    throw invalid("takes onExpiry as 'fail', { value } or { event }");
  return {
    type,
    payload: checkSize(checkJson(payload, 'payload'), `the payload of a pause of ${chunk}`),
    resumeTo: event === undefined ? resumeTo : { event },
    maxResumes,
    ...(id === undefined ? {} : { id }),
    ...(channel === undefined ? {} : { channel }),
    ...(requireActor ? { requireActor } : {}),
    ...(approval === undefined ? {} : { approval }),
    ...(expiresIn === undefined ? {} : { expiresIn }),
    ...(goesOn ? { onExpiry: expiryOf(onExpiry, { flow, chunk, schema }) } : {}),
  };
}

/** What the expiry gives: nobody can correct it once the wait is stored. */
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
      `${chunk}: onExpiry emits null. ${error.message} Let that contract accept null, or use onExpiry: { value }.`,
      { cause: error },
    );
  }
}

function isEvent(value: unknown): value is { readonly event: string } {
  return typeof value === 'object' && value !== null && 'event' in value && typeof value.event === 'string';
}

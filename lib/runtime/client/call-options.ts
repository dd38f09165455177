/** Refuses options that a call does not have or take, such as a misspelt idempotency key. */
import type { ZodType } from 'zod';
import { FlowError } from '../../errors/errors.ts';
import { attributes } from '../../flow/options/attributes.ts';
import {
  activationId,
  flowName,
  generation,
  isoTime,
  pageLimit,
  pendingInterrupts,
  requestId,
} from '../../flow/options/calls.ts';
import { problemOf } from '../../flow/options/check.ts';
import { START_OPTIONS } from '../../flow/options/execution.ts';
import { unknownOption } from '../../flow/options/known.ts';
import type { HostFlowDataOptions } from './flow-data.ts';
import type {
  Caller,
  CancelOptions,
  CloseOptions,
  ForkOptions,
  GivenAnswer,
  HostWriteOptions,
  InterveneOptions,
  RedriveOptions,
  RerunOptions,
  SignalOptions,
  TriggerOptions,
  WithdrawOptions,
} from './types.ts';
import type { ExecutionFilter, PageQuery } from './views.ts';

interface Calls {
  readonly resume: GivenAnswer;
  readonly signal: SignalOptions;
  readonly intervene: InterveneOptions;
  readonly state: HostWriteOptions;
  readonly flowData: HostFlowDataOptions;
  readonly redrive: RedriveOptions;
  readonly fork: ForkOptions;
  readonly rerun: RerunOptions;
  readonly cancel: CancelOptions;
  readonly pause: Caller;
  readonly due: Caller;
  readonly trigger: TriggerOptions;
  readonly erase: Caller;
  readonly unpause: Caller;
  readonly withdraw: WithdrawOptions;
  readonly close: CloseOptions;
  readonly list: PageQuery & ExecutionFilter;
  readonly interrupts: PageQuery;
}

const page = { after: true, limit: pageLimit } as const;
const caller = { actor: true, verified: true, claimed: true, bulk: true } as const;

/**
 * The schema of each option, or `true` where the call itself checks it. The compiler reports an option that is missing here, or
 * that the type does not have.
 */
const OPTIONS: { readonly [Call in keyof Calls]: { readonly [Name in keyof Required<Calls[Call]>]: ZodType | true } } =
  {
    resume: {
      ...caller,
      value: true,
      chunk: true,
      requestId,
      generation,
      host: true,
      via: true,
      link: true,
      expired: true,
    },
    signal: { ...caller, requestId, correlation: true },
    intervene: { requestId, target: true, author: true, verified: true, claimed: true, note: true },
    state: { requestId },
    flowData: { requestId, noWarning: true },
    redrive: { ...caller, requestId },
    fork: { ...caller, id: true, activationId },
    rerun: { ...caller, id: true, from: activationId, input: true },
    cancel: { ...caller, reason: true },
    pause: caller,
    due: caller,
    trigger: { ...caller, id: true },
    erase: caller,
    unpause: caller,
    withdraw: { ...caller, generation },
    close: { ...caller, pendingInterrupts },
    list: { ...page, flow: flowName, status: true, attributes, createdAfter: isoTime, createdBefore: isoTime },
    interrupts: page,
  };

export { START_OPTIONS };

/** @throws FlowError `invalid_request` naming the option, and the nearest one that the call has or the value that it takes */
export function checkOptions(call: keyof Calls, options: object): void {
  const known: Readonly<Record<string, ZodType | true>> = OPTIONS[call];
  checkKnown(call, options, Object.keys(known));
  for (const [name, value] of Object.entries(options)) {
    const schema = known[name];
    const problem =
      !schema || schema === true || value === undefined ? undefined : problemOf(schema, value, `${name} of ${call}`);
    if (problem !== undefined) throw new FlowError('invalid_request', problem);
  }
}

/** @throws FlowError `invalid_request` naming an option that the call does not have, and the nearest one */
export function checkKnown(call: string, options: object, known: readonly string[]): void {
  const problem = unknownOption(options, known, call);
  if (problem !== undefined) throw new FlowError('invalid_request', problem);
}

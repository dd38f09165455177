/** Refuses options that a call does not have, such as a misspelt idempotency key. */
import { FlowError } from '../../errors/errors.ts';
import { START_OPTIONS } from '../../flow/options/execution.ts';
import { unknownOption } from '../../flow/options/known.ts';
import type { HostFlowDataOptions } from './flow-data.ts';
import type {
  CancelOptions,
  CloseOptions,
  ForkOptions,
  GivenAnswer,
  HostWriteOptions,
  InterveneOptions,
  RedriveOptions,
  SignalOptions,
  WithdrawOptions,
} from './types.ts';

interface Calls {
  readonly resume: GivenAnswer;
  readonly signal: SignalOptions;
  readonly intervene: InterveneOptions;
  readonly state: HostWriteOptions;
  readonly flowData: HostFlowDataOptions;
  readonly redrive: RedriveOptions;
  readonly fork: ForkOptions;
  readonly cancel: CancelOptions;
  readonly withdraw: WithdrawOptions;
  readonly close: CloseOptions;
}

const caller = { actor: true, verified: true, claimed: true } as const;

/** The compiler reports a name that is missing here, or that the type does not have. */
const NAMES: { readonly [Call in keyof Calls]: { readonly [Name in keyof Required<Calls[Call]>]: true } } = {
  resume: {
    ...caller,
    value: true,
    chunk: true,
    requestId: true,
    generation: true,
    host: true,
    via: true,
    link: true,
    expired: true,
  },
  signal: { requestId: true, correlation: true },
  intervene: { requestId: true, target: true, author: true, verified: true, claimed: true, note: true },
  state: { requestId: true },
  flowData: { requestId: true, noWarning: true },
  redrive: { ...caller, requestId: true },
  fork: { ...caller, id: true, activationId: true },
  cancel: { ...caller, reason: true },
  withdraw: { ...caller, generation: true },
  close: { pendingInterrupts: true },
};

export { START_OPTIONS };

/** @throws FlowError `invalid_request` naming the option and the nearest one that the call has */
export function checkOptions(call: keyof Calls, options: object): void {
  checkKnown(call, options, Object.keys(NAMES[call]));
}

/** The same for calls whose options the caller knows. */
export function checkKnown(call: string, options: object, known: readonly string[]): void {
  const problem = unknownOption(options, known, call);
  if (problem !== undefined) throw new FlowError('invalid_request', problem);
}

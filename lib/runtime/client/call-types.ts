/** Options and answers of the client's calls. */
import type { ZodType } from 'zod';
import type { ResumeEntry } from '../../engine/head.ts';
import type { StartedBy } from '../../engine/outside/attribution.ts';
import type { ExecutionStatus } from '../../engine/time/lifecycle.ts';
import type { Intervention } from '../../flow/authoring/facilities.ts';
import type { Attributed, GivenOptions } from '../../flow/options/execution.ts';
import type { Asking } from '../../flow/pipe/chunk-types.ts';
import type { HistoryQuery } from '../history/views.ts';
import type { Sent } from './flow-client.ts';
import type { InterruptView } from './views.ts';

export interface HistoryOptions extends Pick<HistoryQuery, 'after' | 'chunk'> {
  readonly follow?: boolean;
}

export interface GetOptions {
  /**
   * Approximate limit in bytes of JSON: values that do not fit are left out and named in `omitted`. Default: no limit.
   */
  readonly most?: number;
  /**
   * Waits so many milliseconds for the execution to close, to fail or to wait for answers or a time. It reads the head
   * at most once a second. Default 0: the view is that of now.
   */
  readonly wait?: number;
}

export type StartAnswer =
  /** `ignored`: the execution was created, then sealed or closed before its start. */
  | {
      readonly kind: 'started' | 'existing' | 'ignored';
      readonly executionId: string;
      readonly status: ExecutionStatus;
    }
  /** The id belongs to an execution of another flow or with another input. */
  | { readonly kind: 'conflict'; readonly executionId: string };

/** `exists`: the id belongs to an execution of this or another flow. */
export interface CreateAnswer {
  readonly kind: 'created' | 'exists';
  readonly executionId: string;
}

/** An answer to a wait, typed by the chunk that asked. */
export interface GivenAnswer<Answer = unknown> extends Caller {
  readonly value: Sent<NoInfer<Answer>>;
  /** The chunk that asked, or its name. A pending wait of another chunk refuses the answer. Default: any chunk. */
  readonly chunk?: Asking<Answer> | string;
  /** Idempotency key. Default: derived from interrupt and value, so a plain retry is safe. */
  readonly requestId?: string;
  /** Which of the waits with this id, from 0; another one is answered from the ledger. Default: the newest. */
  readonly generation?: number;
  /** Fence of the host lease under which the answer is given. */
  readonly host?: number;
  readonly via?: 'link';
  /** Id of the link that was used; a revoked link cannot answer. */
  readonly link?: string;
  /** The caller's right to answer has expired: the ledger still answers, a pending wait is `gone`. */
  readonly expired?: boolean;
}

/** An answer that names the chunk that asked. */
export interface ChunkAnswer<Answer> extends GivenAnswer<Answer> {
  readonly chunk: Asking<Answer> | string;
}

/** `entry` records who answered and when, never the value. */
export type ResumeAnswer =
  | { readonly kind: 'accepted' | 'duplicate'; readonly requestId: string; readonly entry: ResumeEntry }
  | {
      readonly kind: 'mismatch' | 'conflict' | 'gone';
      readonly entry: ResumeEntry;
      /** Newest generation of this interrupt id, when the answer was for an older one. */
      readonly newest?: number;
    }
  /** `actorRequired`: only a verified actor may answer. `revoked`: the link was revoked. Nothing was written. */
  | { readonly kind: 'actorRequired' | 'revoked' }
  /** The host lease of the answer has ended; nothing was written. Claim again and repeat the answer. */
  | { readonly kind: 'leaseExpired' }
  | { readonly kind: 'unknown' };

export type SignalAnswer = 'accepted' | 'duplicate' | 'mismatch' | 'ignored' | 'unknown' | 'busy';

/** Options of a call that is applied once. */
export interface RequestOptions {
  /** Idempotency key: a repeat with the same id gets the first answer and changes nothing. Default: a random id. */
  readonly requestId?: string;
}

export interface InterveneOptions extends RequestOptions {
  /** Name of the intervention point, or in `auto` mode of the chunk, that may take it. Default: any. */
  readonly target?: string;
  readonly author?: string;
  /** True: the caller's process authenticated the author. */
  readonly verified?: boolean;
  /** Name that the caller gave; kept beside an authenticated author. */
  readonly claimed?: string;
  readonly note?: string;
}

export type InterventionAnswer =
  | { readonly kind: 'accepted'; readonly version: number; readonly status: Intervention['status'] }
  | { readonly kind: 'unknown' };

/** `already`: the state was set already, so nothing changed. */
export type HostAnswer = 'applied' | 'already' | 'unknown';

export type ForkAnswer =
  | { readonly kind: 'forked'; readonly executionId: string }
  /** An earlier call with this id made the copy. */
  | { readonly kind: 'exists'; readonly executionId: string }
  /** `notFailed`: nothing has failed that could be retried, or not the named activation. */
  | { readonly kind: 'notFailed' | 'unknown' };

export type RerunAnswer =
  | { readonly kind: 'rerun'; readonly executionId: string }
  /** An earlier call with this id made the copy. */
  | { readonly kind: 'exists'; readonly executionId: string }
  /** There is no such execution, or no such activation in its history. */
  | { readonly kind: 'unknown' };

/** `gone`: the wait has ended. `full`: the wait has reached the limit of revoked links. */
export type RevokeAnswer = 'revoked' | 'already' | 'gone' | 'full' | 'unknown';

/** `already`: it was withdrawn before. `gone`: the wait has ended otherwise. */
export type WithdrawAnswer = 'withdrawn' | 'already' | 'gone' | 'unknown';

/** Identity of the caller, recorded with the call. */
export interface Caller {
  readonly actor?: string;
  /** True: the calling process authenticated the actor. */
  readonly verified?: boolean;
  /** Name that the caller gave; kept beside an authenticated actor. */
  readonly claimed?: string;
  /** Id of the execution by which `Client.bulk` does this. */
  readonly bulk?: string;
}

export interface RedriveOptions extends Caller, RequestOptions {}

export interface ForkOptions extends Caller {
  /** Id of the copy. A repeat with the same id makes no other copy. Default: a random id. */
  readonly id?: string;
  /**
   * Retry only this failure, one of `failed` in the view. The others fail the copy again when its remaining work has ended.
   */
  readonly activationId?: string;
}

export interface RerunOptions extends Caller {
  /** Id of the activation at which the copy begins: one whose record in the history has `rerun`. */
  readonly from: string;
  /** Input of that activation in the copy. Default: the one that it had. */
  readonly input?: unknown;
  /** Id of the copy. A repeat with the same id, activation and input makes no other copy. Default: a random id. */
  readonly id?: string;
}

export interface WithdrawOptions extends Caller {
  /** Which of the waits with this id, from 0. Default: the pending one. */
  readonly generation?: number;
}

export interface CancelOptions extends Caller {
  readonly reason?: string;
}

export interface CloseOptions extends Caller {
  /** `reject` (default): refuse the close while waits are pending. `cancel`: end those waits. */
  readonly pendingInterrupts?: 'reject' | 'cancel';
}

/** `duplicate`: a redrive with this id was accepted before. `notFailed`: nothing has failed that could be retried. */
export type RedriveAnswer = 'redriven' | 'duplicate' | 'notFailed' | 'unknown';

export type CloseAnswer =
  | { readonly kind: 'closing' | 'closed' | 'unknown' }
  | { readonly kind: 'pendingInterrupts'; readonly ids: readonly string[] };

/** `over`: the lease has ended or was replaced. */
export type LeaseAnswer = 'applied' | 'over' | 'unknown';

/** One interrupt as the callback page needs it. */
export type InterruptLookup =
  /** `schema` is the resume schema of the chunk, if any. */
  | { readonly kind: 'pending'; readonly interrupt: InterruptView; readonly schema?: ZodType }
  | { readonly kind: 'resolved'; readonly entry: ResumeEntry }
  /** The given link was revoked. */
  | { readonly kind: 'revoked' };

export interface TriggerOptions extends Caller {
  /** Id of the execution. Default: a random id. */
  readonly id?: string;
}

/** A schedule of a flow. Times are ISO 8601. */
export interface ScheduleView {
  readonly flow: string;
  readonly id: string;
  readonly cron?: string;
  readonly rate?: string;
  readonly timezone: string;
  readonly overlap: 'allow' | 'skip';
  /** What it started last. */
  readonly last?: {
    readonly executionId: string;
    readonly at: string;
    readonly status: ExecutionStatus;
    readonly isOpen: boolean;
  };
}

/** Options of one execution. Absent options are those of the flow; see `defineFlow`. */
export interface StartOptions extends GivenOptions, Attributed {
  readonly id?: string;
  /** Who or what starts it, for the view and the history. */
  readonly startedBy?: Readonly<StartedBy>;
}

export interface SignalOptions extends RequestOptions, Caller {
  readonly correlation?: string;
}

/** `held`: another host or a worker session holds the execution. Times are milliseconds since the epoch. */
export type ClaimAnswer =
  | { readonly kind: 'claimed'; readonly fence: number; readonly until: number }
  | { readonly kind: 'held'; readonly owner?: string; readonly until?: number }
  | { readonly kind: 'unknown' };

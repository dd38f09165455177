/** Requests to act on many executions, and their answers. */
import type { BulkAct, BulkAction } from '../../flow/options/bulk.ts';
import type { Caller } from '../client/types.ts';
import type { ExecutionFilter } from '../client/views.ts';

export interface BulkFilter extends ExecutionFilter {
  /** Only these executions. */
  readonly ids?: readonly string[];
}

/** Acts on many executions. They are fixed when the call is accepted, or by its preview. */
export type BulkRequest = Pick<Caller, 'actor' | 'verified' | 'claimed'> & {
  /** Calls per second, 1 to 100. Default 20. */
  readonly ratePerSecond?: number;
  /** What the caller may do. Default: everything. */
  readonly allowed?: readonly BulkAction[];
  /**
   * Id of the execution that does it; a repeat with the same id does nothing more. Default: of a preview its own id, else a
   * random one.
   */
  readonly id?: string;
} & (
    | (BulkAct & {
        /** At least one condition. */
        readonly filter: BulkFilter;
        /** Only shows what would be done. The preview is kept for an hour. */
        readonly dryRun?: boolean;
      })
    | {
        /** Does what this preview showed, to those executions. */
        readonly previewId: string;
      }
  );

export type BulkAnswer =
  /**
   * The execution of the flow `$bulk`; its state has `total`, `done`, `refused` and `byError`. `count` and `missing` are absent
   * in a repeat.
   */
  | {
      readonly kind: 'accepted';
      readonly executionId: string;
      readonly count?: number;
      /** Those of `ids` without an execution; absent if there are none. */
      readonly missing?: readonly string[];
    }
  | {
      readonly kind: 'preview';
      readonly previewId: string;
      readonly count: number;
      /** The first ids. */
      readonly sample: readonly string[];
      /** Those of `ids` without an execution; absent if there are none. */
      readonly missing?: readonly string[];
      /** Counts of the failed ones by their error. */
      readonly byError: Readonly<Record<string, number>>;
      readonly expiresAt: string;
    }
  /** The id belongs to another execution. */
  | { readonly kind: 'conflict'; readonly executionId: string }
  /** The caller may not do this. */
  | { readonly kind: 'forbidden'; readonly action: BulkAction }
  /** There is no such preview, or it has ended. */
  | { readonly kind: 'unknown' };

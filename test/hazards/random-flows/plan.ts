/** Plans of random flows: plain data that is wired as a flow (`wire.ts`) and computed without one (`model.ts`). */
import type { Json } from '../../../lib/flow/json.ts';
import type { Shape } from './values.ts';

/** An act of a chunk before its output. Each is done once, however often the chunk runs. */
export type Act =
  | { readonly act: 'fail' }
  | { readonly act: 'append' | 'increment' | 'stream' | 'set' | 'read' }
  | { readonly act: 'emit' | 'emitNowait' | 'write'; readonly signal: string }
  | { readonly act: 'loop'; readonly signal: string; readonly turns: number }
  | { readonly act: 'join'; readonly left: string; readonly right: string };

export type End = 'output' | 'answer' | 'again' | 'expiry' | 'sleep' | 'approval';

export interface Work {
  readonly name: string;
  readonly shape: Shape;
  readonly size: number;
  readonly acts: readonly Act[];
  readonly end: End;
  /** It fails for good if the hash of its input is a multiple of this number. */
  readonly breaks?: number;
  /** After its failure the branch just ends. */
  readonly skips?: boolean;
  /** The chunk that gets the failure. */
  readonly handler?: string;
  /** It emits the signal again as often as its input says. */
  readonly turns?: string;
  /** A failure of it is no failure of the execution. */
  readonly sheltered: boolean;
}

/** `tolerates` and `early` (the list gives `{ index, output }`) change nothing about which items run. */
export type Goal = 'none' | 'tolerates' | 'early' | 'never' | 'first';

export type Step =
  | { readonly kind: 'work'; readonly work: Work; readonly side: boolean }
  | {
      readonly kind: 'each';
      readonly body: readonly Step[];
      readonly concurrency?: number;
      readonly batchSize?: number;
      readonly collects: boolean;
      readonly goal: Goal;
      /** With the goal `first`: so many items, one after the other. */
      readonly least?: number;
      /** The list comes page by page from this chunk. */
      readonly pages?: { readonly work: Work; readonly count: number };
    }
  | { readonly kind: 'batch'; readonly works: readonly Work[]; readonly concurrency?: number; readonly goal: Goal }
  | {
      readonly kind: 'match';
      readonly mode: 'first' | 'all';
      readonly goal: Goal;
      readonly cases: readonly { readonly of: number; readonly is: number; readonly body: readonly Step[] }[];
      readonly otherwise?: readonly Step[];
    }
  | {
      readonly kind: 'sub';
      readonly flow: FlowPlan;
      readonly gives: 'value' | 'part' | 'patch' | 'state';
      readonly concurrency?: number;
    }
  | { readonly kind: 'meet'; readonly name: string; readonly left: readonly Step[]; readonly right: readonly Step[] }
  | { readonly kind: 'tap' };

export interface FlowPlan {
  readonly name: string;
  readonly steps: readonly Step[];
  /** The steps that start at each occurrence of a signal, write of a state key or completion of a chunk. */
  readonly chains: readonly Chain[];
  readonly joins: readonly { readonly left: string; readonly right: string; readonly steps: readonly Step[] }[];
  /** Signals that a caller sends after the start. */
  readonly outside: readonly { readonly signal: string; readonly value: Json; readonly correlation?: string }[];
  /** A sub-flow's result: what `end()` got, or its state. */
  readonly result: 'end' | 'state';
}

export interface Chain {
  /** Name of the signal, state key or chunk. */
  readonly signal: string;
  readonly on: 'signal' | 'or' | 'state' | 'chunk';
  readonly steps: readonly Step[];
}

/** The outbox: what must happen after a commit. Each row is idempotent. */
import type { AttributeValue } from '../flow/options/attributes.ts';
import type { Interrupt, Value } from './head.ts';
import type { InterventionRow } from './outside/interventions.ts';

/** Stored values to drop, because the head no longer refers to them. */
export interface DropRow {
  id: string;
  kind: 'drop';
  refs: string[];
  /** Those of `refs` that are indexes of lists: the parts that they name are dropped too. Absent: none. */
  lists?: string[];
}

/** A write of shared data. It is applied once by its id, then every listening execution is notified. */
export interface FlowDataRow {
  id: string;
  kind: 'flowData';
  flow: string;
  key: string;
  /** A `StateOperation`. */
  operation: Value;
}

/** A write of shared data that is applied and notified: the shared data may delete its id. */
export interface FlowDataDoneRow {
  id: string;
  kind: 'flowDataDone';
  flow: string;
  operationId: string;
}

/** A stream item of the engine itself. The stream appends it once by its id. */
export interface StreamRow {
  id: string;
  kind: 'stream';
  item:
    | { readonly kind: 'interrupt'; action: 'pause' | 'resume'; type: string; interruptId: string }
    | {
        readonly kind: 'intervention';
        action: 'append' | 'insert' | 'consume' | 'expire';
        version: number;
        status: InterventionRow['status'];
      };
  payload: Value;
}

/** A wait to announce while it is pending, or its end. */
export interface AnnounceRow {
  id: string;
  kind: 'announce';
  interrupt: string;
  /** The wait was withdrawn: its provider is told. Absent: the row announces a pending wait. */
  withdrawn?: Pick<Interrupt, 'type' | 'channel' | 'generation'> & { at: number };
}

/** Lists the execution by an attribute, and no longer by the values that it had before. */
export interface AttributeRow {
  id: string;
  kind: 'attribute';
  name: string;
  value: AttributeValue;
  was: AttributeValue[];
}

/** Work to do after the commit. It is repeated until a later commit clears the row. */
export type OutboxRow = DropRow | FlowDataRow | FlowDataDoneRow | StreamRow | AnnounceRow | AttributeRow;

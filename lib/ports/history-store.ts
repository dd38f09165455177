/**
 * Stores the history of executions in blocks. A block is written once and never changes. Blocks of concurrent workers
 * may overlap, so a block spans fewer than `BLOCK_SPAN` positions.
 */
import type { HistoryRecord } from '../engine/history/records.ts';
import type { Json } from '../flow/json.ts';
import type { Owner } from './value-store.ts';

export interface HistoryBlock extends BlockPosition {
  /** What the records come to, so that many blocks can be summed up without their records. */
  readonly summary: Json;
  /** In order of `seq`; the first has `seq` `first`, the last less than `first + BLOCK_SPAN`. */
  readonly records: readonly HistoryRecord[];
}

/** Blocks are ordered by `first`, then by `id`. */
export interface BlockPosition {
  readonly first: number;
  /** Tells the blocks of different writers apart. */
  readonly id: string;
}

export type BlockSummary = Omit<HistoryBlock, 'records'>;

export interface HistoryStore {
  /** Stores a block; one with the same position is kept as it is. */
  put(owner: Owner, block: HistoryBlock): Promise<void>;
  /** At most `limit` blocks after a position, in order; strongly consistent. */
  read(owner: Owner, after: BlockPosition, limit: number): Promise<readonly HistoryBlock[]>;
  /** The same without the records. */
  summaries(owner: Owner, after: BlockPosition, limit: number): Promise<readonly BlockSummary[]>;
  /** Deletes a part of what the owner has stored. `more`: some may be left. Idempotent. */
  erase(owner: Owner): Promise<'erased' | 'more'>;
}

export const BLOCK_SPAN = 256;

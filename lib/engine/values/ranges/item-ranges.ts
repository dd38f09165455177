/**
 * The rows of list items as ranges, for stores. The rows of neighbours differ only in what follows from the index: their ids are
 * hashes of it. Hashes do not get shorter when they are packed, so without them a head with a thousand running items is small.
 */

import type { Graph } from '../../../flow/graph/graph.ts';
import type { Head } from '../../head.ts';
import { type FoldedActivations, foldActivations, unfoldActivations } from './activation-ranges.ts';
import { type FoldedFrames, foldFrames, unfoldFrames } from './frame-ranges.ts';
import { ItemHashes } from './item-hashes.ts';
import { Places } from './places.ts';
import { waysIn } from './ways.ts';

/** Format 4: rows of later chunks and of sub-flows are stored together. Heads in memory never have it. */
export type StoredFormat = Head['format'] | 4;

/** A head as it is stored. */
export type Folded = Omit<Head, 'frames' | 'activations' | 'format'> & {
  readonly format: StoredFormat;
  readonly frames: FoldedFrames;
  readonly activations: FoldedActivations;
};

export interface Folding {
  readonly hashes?: ItemHashes | undefined;
  /** Newest format that may be stored. Absent: 3. */
  readonly format?: StoredFormat | undefined;
  /** Tells which nodes came before a row, from format 4. */
  readonly graph?: Graph | undefined;
}

/** Only heads of format 2 get ranges: workers that know only format 1 cannot read them. */
export function foldItems(head: Head, { hashes = new ItemHashes(), format = 3, graph }: Folding = {}): Folded {
  if (head.format < 2) return head;
  const foldsLaterRows = format >= 4;
  const wayTo = foldsLaterRows && graph ? waysIn({ graph, head }) : undefined;
  const places = new Places({ head, hashes, foldsLaterRows, wayTo });
  // Frames come first: activations in a sub-flow refer to the place of its frame.
  const frames = foldFrames(head, places);
  const activations = foldActivations(head, places);
  const isNew =
    activations.some((each) => 'at' in each || ('range' in each && each.child)) ||
    Object.values(frames).some((each) => 'child' in each);
  return { ...head, ...(isNew ? { format: 4 } : {}), frames, activations };
}

/** The head that was folded. */
export function unfoldItems(folded: Folded, hashes = new ItemHashes()): Head {
  const { id, format } = folded;
  const frames = unfoldFrames(id, folded.frames, hashes);
  const activations = unfoldActivations(id, folded.activations, frames, hashes);
  return { ...folded, format: format !== 4 ? format : folded.waitPages ? 3 : 2, frames, activations };
}

/** Measures a head as it is stored. @returns its text, and the bytes of that */
export function measure(head: Head, how?: Folding): { readonly bytes: number; readonly text: string } {
  const text = storedText(head, how);
  return { bytes: Buffer.byteLength(text), text };
}

/** The text that stores keep of a head. */
export function storedText(head: Head, how?: Folding): string {
  return JSON.stringify(foldItems(head, how));
}

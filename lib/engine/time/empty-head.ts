/** What a head without work has. */
import type { Head } from '../head.ts';

type Contents =
  | 'leases'
  | 'activations'
  | 'frames'
  | 'joins'
  | 'cascades'
  | 'signals'
  | 'interrupts'
  | 'state'
  | 'ledger'
  | 'spilled';

/** A new head and a tombstone hold no work, waits, state or answers. */
export function withoutContents(): Pick<Head, Contents> {
  return {
    leases: [],
    activations: [],
    frames: {},
    joins: [],
    cascades: {},
    signals: [],
    interrupts: [],
    state: {},
    ledger: [],
    spilled: 0,
  };
}

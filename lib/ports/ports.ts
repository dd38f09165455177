/** The ports of a runtime: stores, queue, clock, randomness and log. */
import type { ArtifactStore } from './artifact-store.ts';
import type { AttributeStore } from './attribute-store.ts';
import type { ExecutionStore } from './execution-store.ts';
import type { FlowDataStore } from './flow-data-store.ts';
import type { HistoryStore } from './history-store.ts';
import type { LedgerStore } from './ledger-store.ts';
import type { StreamStore } from './stream-store.ts';
import type { System } from './system.ts';
import type { ValueStore } from './value-store.ts';
import type { WakeQueue } from './wake-queue.ts';

/** The stores of a deployment. */
export interface Stores {
  readonly executions: ExecutionStore;
  readonly values: ValueStore;
  readonly ledger: LedgerStore;
  readonly streams: StreamStore;
  readonly flowData: FlowDataStore;
  readonly artifacts: ArtifactStore;
  readonly history: HistoryStore;
  readonly attributes: AttributeStore;
}

export interface Ports extends Stores, System {
  readonly queue: WakeQueue;
}

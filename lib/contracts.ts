/**
 * Contract suites for authors of stores and queues. Each function registers checks with `node:test`: races, conditions, limits and
 * values at their largest. Ids are random, so that suites may share one table. Run the file with `node --test`.
 */

export { describeArtifactStore } from './contracts/artifact-store.ts';
export { describeAttributeStore } from './contracts/attribute-store.ts';
export { describeExecutionStore } from './contracts/execution-store.ts';
export { describeFlowDataStore } from './contracts/flow-data-store.ts';
export { describeHistoryStore } from './contracts/history-store.ts';
export { describeLedgerStore } from './contracts/ledger-store.ts';
export { describeStores } from './contracts/stores.ts';
export { describeStreamStore } from './contracts/stream-store.ts';
export { describeValueStore } from './contracts/value-store.ts';
export { describeWakeQueue, type QueueFixture } from './contracts/wake-queue.ts';
export type { Ports, Stores } from './ports/ports.ts';

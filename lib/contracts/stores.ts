import type { Stores } from '../ports/ports.ts';
import { describeArtifactStore } from './artifact-store.ts';
import { describeAttributeStore } from './attribute-store.ts';
import { describeExecutionStore } from './execution-store.ts';
import { describeFlowDataStore } from './flow-data-store.ts';
import { describeHistoryStore } from './history-store.ts';
import { describeLedgerStore } from './ledger-store.ts';
import { describeStreamStore } from './stream-store.ts';
import { describeValueStore } from './value-store.ts';

/**
 * All suites of stores. Pass these stores to the handlers: `apiHandler(app, { stores })`.
 *
 * @param adapter the name of the stores in the titles of the checks
 * @param create new stores; each call may return stores over the same tables
 */
export function describeStores(adapter: string, create: () => Promise<Stores>): void {
  describeExecutionStore(adapter, async () => (await create()).executions);
  describeValueStore(adapter, async () => (await create()).values);
  describeLedgerStore(adapter, async () => (await create()).ledger);
  describeStreamStore(adapter, async () => {
    const { streams } = await create();
    return () => streams;
  });
  describeFlowDataStore(adapter, async () => (await create()).flowData);
  describeArtifactStore(adapter, async () => (await create()).artifacts);
  describeHistoryStore(adapter, async () => (await create()).history);
  describeAttributeStore(adapter, async () => (await create()).attributes);
}

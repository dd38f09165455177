/** All stores over one DynamoDB table (infra/table.yml). */
import type { ArtifactStore } from '../../ports/artifact-store.ts';
import type { ExecutionStore } from '../../ports/execution-store.ts';
import type { FlowDataStore } from '../../ports/flow-data-store.ts';
import type { LedgerStore } from '../../ports/ledger-store.ts';
import type { StreamStore } from '../../ports/stream-store.ts';
import type { ValueStore } from '../../ports/value-store.ts';
import { createArtifacts } from './artifacts.ts';
import type { Table } from './client.ts';
import { createExecutions } from './executions.ts';
import { createFlowData } from './flow-data.ts';
import { createLedger } from './ledger.ts';
import { createStreams } from './streams.ts';
import { createValues } from './values.ts';

export interface DynamoStores {
  readonly executions: ExecutionStore;
  readonly values: ValueStore;
  readonly ledger: LedgerStore;
  readonly streams: StreamStore;
  readonly flowData: FlowDataStore;
  readonly artifacts: ArtifactStore;
}

/**
 * @param table.client of `createDynamoClient`, which sends conditional writes once
 * @param table.clock waits between repeats of reads and idempotent writes
 */
export function createDynamoStores(table: Table): DynamoStores {
  return {
    executions: createExecutions(table),
    values: createValues(table),
    ledger: createLedger(table),
    streams: createStreams(table),
    flowData: createFlowData(table),
    artifacts: createArtifacts(table),
  };
}

/** All stores over one DynamoDB table (infra/table.yml). */
import type { ObjectStore } from '../../ports/object-store.ts';
import type { Stores } from '../../ports/ports.ts';
import { createArtifacts } from './artifacts.ts';
import { createAttributes } from './attributes.ts';
import type { Table } from './client.ts';
import { createExecutions } from './executions.ts';
import { createFlowData } from './flow-data.ts';
import { createHistory } from './history.ts';
import { createLedger } from './ledger.ts';
import { createStreams } from './streams.ts';
import { createValues } from './values/values.ts';

export type DynamoStores = Stores;

/**
 * Creates all stores over one table.
 * @param table.client made by `createDynamoClient`, which sends conditional writes once
 * @param table.clock for the waits between retries
 * @param objects for values over 64 KB. Default: they are in the table.
 */
export function createDynamoStores(table: Table, objects?: ObjectStore): DynamoStores {
  return {
    executions: createExecutions(table),
    values: createValues(table, objects),
    ledger: createLedger(table),
    streams: createStreams(table),
    flowData: createFlowData(table),
    artifacts: createArtifacts(table),
    history: createHistory(table),
    attributes: createAttributes(table),
  };
}

/** Shared data in memory, as JSON text. */
import type { FlowDataRecord, FlowDataStore } from '../../ports/flow-data-store.ts';
import { MAX_ROW_BYTES } from '../../ports/value-store.ts';
import { sizedText } from '../encoding.ts';

export function createMemoryFlowData(): FlowDataStore {
  const rows = new Map<string, { readonly version: number; readonly text: string }>();
  return {
    async load(flow) {
      const row = rows.get(flow);
      if (!row) return { version: 0, data: {}, operations: [] };
      return { version: row.version, ...(JSON.parse(row.text) as Omit<FlowDataRecord, 'version'>) };
    },
    async apply(flow, { version, data, operations }) {
      const text = sizedText({ data, operations }, MAX_ROW_BYTES, `Shared data of flow ${flow}`);
      if ((rows.get(flow)?.version ?? 0) !== version) return 'conflict';
      rows.set(flow, { version: version + 1, text });
      return 'applied';
    },
  };
}

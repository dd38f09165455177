/** Shared data of a flow for callers outside executions. */
import { readPath, splitPath } from '../../engine/values/state-writes.ts';
import { describeFault } from '../../errors/errors.ts';
import type { SharedOptions } from '../../flow/authoring/facilities.ts';
import type { Json } from '../../flow/json.ts';
import type { Ports } from '../../ports/ports.ts';
import { checkPath } from '../app/checks/checks.ts';
import { warnShared } from '../app/warn.ts';
import { HOST, type SharedData } from '../shared/shared-data.ts';
import { aboutShared, sharedWrites } from '../shared/shared-writes.ts';
import { checkOptions } from './call-options.ts';
import type { RequestOptions } from './types.ts';

/**
 * Reads and writes shared data of a flow. A write resolves once it is stored and every open execution that listens has
 * been notified.
 */
export interface HostFlowData {
  get(path: string): Promise<Json | undefined>;
  set(path: string, value: Json, options?: HostFlowDataOptions): Promise<void>;
  append(path: string, item: Json, options?: HostFlowDataOptions): Promise<void>;
  increment(path: string, by?: number, options?: HostFlowDataOptions): Promise<void>;
  delete(path: string, options?: HostFlowDataOptions): Promise<void>;
}

/** `requestId`: the flow knows its last 100. After an error repeat the call with it. */
export interface HostFlowDataOptions extends SharedOptions, RequestOptions {}

export function createHostFlowData(flow: string, ports: Ports, shared: SharedData): HostFlowData {
  return {
    async get(path) {
      const { key, steps } = checkPath(path, 'flowData');
      const { data } = await ports.flowData.load(flow);
      return readPath(Object.hasOwn(data, key) ? data[key] : undefined, steps);
    },
    ...sharedWrites(async (path, make, options: HostFlowDataOptions = {}) => {
      checkOptions('flowData', options);
      const { requestId: given, noWarning } = options;
      if (!noWarning) warnShared(ports.log, flow);
      const id = given === undefined ? ports.entropy.id() : HOST + given;
      const made = (await shared.make(flow, [{ id, operation: make() }])).get(id);
      if (!made) return;
      if ('refused' in made) throw aboutShared(made.refused);
      const event = { type: 'flowData', id, key: splitPath(path).key, value: made.value } as const;
      await shared.tell(flow, event, { until: Infinity });
      if (given !== undefined) return;
      await shared.forget(flow, [id]).catch((error: unknown) => {
        ports.log.warn('flowData id not forgotten', { flow, ...describeFault(error) });
      });
    }),
  };
}

/** A host's view of a flow's shared data. */
import { readPath, splitPath } from '../engine/state.ts';
import { describeFault, FlowError } from '../errors.ts';
import { ID } from '../flow/ids.ts';
import type { Ports } from '../ports/ports.ts';
import { checkPath } from './chunk-state.ts';
import { HOST, type SharedData } from './shared-data.ts';
import { aboutShared, sharedWrites } from './shared-writes.ts';
import type { HostFlowData, HostFlowDataOptions } from './views.ts';
import { warnShared } from './warn.ts';

export function createHostFlowData(flow: string, ports: Ports, shared: SharedData): HostFlowData {
  return {
    async get(path) {
      const { key, steps } = checkPath(path, 'flowData');
      const { data } = await ports.flowData.load(flow);
      return readPath(Object.hasOwn(data, key) ? data[key] : undefined, steps);
    },
    ...sharedWrites(async (path, make, { id: given, noWarning }: HostFlowDataOptions = {}) => {
      if (!noWarning) warnShared(ports.log, flow);
      if (given !== undefined && !ID.test(given)) {
        throw new FlowError('invalid_request', `The id ${JSON.stringify(given.slice(0, 40))} must match ${ID.source}.`);
      }
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

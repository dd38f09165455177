/** Fork: copies a failed execution under a new id and retries its failures there. The original is unchanged. */
import { attributionOf } from '../../../engine/outside/attribution.ts';
import { reduce } from '../../../engine/reduce.ts';
import { NO_LOOKUPS } from '../../../engine/transition.ts';
import { FlowError } from '../../../errors/errors.ts';
import type { Ports } from '../../../ports/ports.ts';
import type { App } from '../../app/app.ts';
import { checkId } from '../../app/checks/checks.ts';
import { contractLookups } from '../../app/contracts/contract-lookups.ts';
import { flowOf } from '../../app/definitions.ts';
import type { Parameters } from '../../app/parameters.ts';
import { checkOptions } from '../call-options.ts';
import type { Client, ForkAnswer } from '../types.ts';

export function createForks(
  app: App,
  ports: Ports,
  { save, load }: Pick<Client, 'save' | 'load'>,
  { portion }: Pick<Parameters, 'portion'>,
): Pick<Client, 'fork'> {
  return {
    async fork(executionId, options = {}) {
      checkOptions('fork', options);
      const { id: given, activationId, ...caller } = options;
      const id = checkId(given ?? ports.entropy.id());
      /** Returns the copy that an earlier call with this id made, whatever the state of the original. */
      const made = async (): Promise<ForkAnswer | undefined> => {
        const there = given === undefined ? undefined : await ports.executions.load(id);
        return there?.head.forkedFrom === executionId && !there.head.rerunFrom
          ? { kind: 'exists', executionId: id }
          : undefined;
      };
      const snapshot = await save(executionId);
      if (!snapshot) return (await made()) ?? { kind: 'unknown' };
      const { head } = snapshot;
      const only = activationId === undefined ? {} : { activation: activationId };
      const data = snapshot.flowData[head.flow] ?? {};
      const flow = flowOf(app, { head });
      const lookups = {
        ...NO_LOOKUPS,
        portion,
        values: new Map(Object.entries(snapshot.values)),
        flowData: new Map([[head.flow, { data, made: [] }]]),
        ...contractLookups(flow),
      };
      const event = { type: 'redrive', id: `fork-${id}`, ...attributionOf(caller), ...only } as const;
      const reduced = reduce(flow.graph, head, [event], ports.clock.now(), lookups);
      if (reduced.answers[0]?.kind !== 'applied') return (await made()) ?? { kind: 'notFailed' };
      // A host lease or a pause of the original does not apply to the copy.
      const { hostLease: _, paused: __, ...copy } = reduced.head;
      try {
        await load({ ...snapshot, head: { ...copy, forkedFrom: executionId } }, { id });
        return { kind: 'forked', executionId: id };
      } catch (error) {
        const earlier = FlowError.is(error) && error.code === 'execution_conflict' ? await made() : undefined;
        if (!earlier) throw error;
        return earlier;
      }
    },
  };
}

/** A chunk's access to interventions. */
import type { Consumption } from '../../engine/events.ts';
import { consumed, type InterventionRow, isVisible } from '../../engine/outside/interventions.ts';
import { FlowError } from '../../errors/errors.ts';
import type { ConsumeOptions, Interventions } from '../../flow/authoring/facilities.ts';
import type { Clock } from '../../ports/system.ts';
import { interventionText, showInterventions } from '../app/intervention-view.ts';
import type { Operations } from './effects.ts';
import type { StateSource } from './state.ts';

/** The inserted interventions, with the attempt's own consumptions. */
export function createInterventions(
  source: StateSource,
  operations: Operations,
  { chunk, clock }: { readonly chunk: string; readonly clock: Clock },
): Interventions {
  const visible = async (): Promise<readonly InterventionRow[]> =>
    ((await source.head()).interventions ?? []).filter(isVisible);

  return {
    get: (filter = {}) =>
      operations.read(async () => {
        const { status, target, sinceVersion = 0 } = filter;
        const rows = (await visible()).filter(
          (row) =>
            row.version > sinceVersion &&
            (status === undefined || row.status === status) &&
            (target === undefined || row.target === target),
        );
        return showInterventions(consumed(rows, operations.consumed, clock.now()), source.read);
      }),
    consume(version, options = {}) {
      const check = () => checkConsumption(version, options, chunk);
      return operations.perform('consume', String(version), check, async (consumption) => {
        if (!(await visible()).some((row) => row.version === version)) {
          throw new FlowError(
            'invalid_value',
            `${chunk}: no intervention with version ${version} is inserted. Consume a version that interventions.get returns.`,
          );
        }
        operations.consumed.push(consumption);
      });
    },
  };
}

function checkConsumption(version: number, options: ConsumeOptions, chunk: string): Consumption {
  const { consumer } = { consumer: chunk, ...interventionText('consumer', options.consumer, 'invalid_value') };
  const { status = 'applied' } = options;
  if (status !== 'applied' && status !== 'ignored') {
    throw new FlowError(
      'invalid_value',
      `${chunk}: interventions.consume got an unknown status. Pass 'applied' or 'ignored'.`,
    );
  }
  return { version, consumer, status, ...interventionText('note', options.note, 'invalid_value') };
}

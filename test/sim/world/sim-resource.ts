/** The resource of simulated chunks. */
import type { ExchangeProvider } from '../../../lib/ports/exchange.ts';
import type { Watch } from '../watch/watch.ts';
import type { Attempted, Sim } from '../workloads/workload.ts';
import type { Process, World } from './world.ts';

/** A provider that may fail, or receive a wait without acknowledging it. */
export function announcing(world: World, watch: Watch, process: Process): ExchangeProvider['announce'] {
  return ({ executionId, id }) =>
    world.park(process, `announce in ${executionId}`, async () => watch.announced(executionId, id));
}

export function createSim(world: World, watch: Watch, process: Process, effects: Map<string, number>): Sim {
  const begin = ({ chunk, attempt, idempotencyKey }: Attempted): void => {
    const [executionId = '', activation = ''] = idempotencyKey.split('/');
    watch.began(process, executionId, activation, attempt, chunk);
  };
  return {
    begin,
    continued: ({ chunk, idempotencyKey }) => {
      const [executionId = '', activation = ''] = idempotencyKey.split('/');
      watch.wentOn(process, executionId, activation, chunk);
    },
    work: (attempt, longest = 3_000) => {
      begin(attempt);
      // Often at once, to race with the follow-up work.
      const atOnce = !world.remembers && world.chooser.chance(0.3);
      return world.park(process, `work ${attempt.chunk}`, async () => undefined, {
        faults: 'process',
        dueAt: world.now + (atOnce ? 0 : world.chooser.between(0, longest)),
      });
    },
    workUntil: (attempt, longest, abort) => {
      begin(attempt);
      return world.sleep(process, world.chooser.between(0, longest), abort);
    },
    effect: (key) => void effects.set(key, (effects.get(key) ?? 0) + 1),
    die: async () => {
      world.reached('chunk killed its process');
      world.kill(process, 'a chunk killed it');
      return new Promise<never>(() => undefined);
    },
    chance: (probability) => world.chooser.chance(probability),
    now: () => world.now,
  };
}

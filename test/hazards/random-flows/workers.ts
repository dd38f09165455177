/** Delivers the messages of a random flow to workers, with the disturbances of its variant. */
import { createSeededEntropy } from '../../../lib/adapters/memory/entropy.ts';
import type { Entropy } from '../../../lib/ports/system.ts';
import type { Worker } from '../../../lib/runtime/worker/worker.ts';
import { BUDGET, type FaultPlan, type Kit, wake } from '../../runtime/kit.ts';
import type { Variant } from './variants.ts';

export class Workers {
  readonly #variant: Variant;
  readonly #random: Entropy;
  #dying: Dying | undefined;
  #round = 0;

  constructor(variant: Variant) {
    this.#variant = variant;
    this.#random = createSeededEntropy(variant.faults ?? 0);
    this.#dying = variant.diesAt === undefined ? undefined : dying(variant.diesAt);
  }

  /** Delivers due messages until none is due or a worker has died. Then time passes until others may go on. */
  async drain(kit: Kit, id: string): Promise<void> {
    this.#round += 1;
    const mortal = this.#dying && kit.worker(this.#dying.plan);
    for (let turns = 0; !this.#dying?.died; turns += 1) {
      if (turns > 3_000) throw new Error('It does not come to rest.');
      const received = kit.queue.receive(this.#variant.workers ?? 1);
      if (received.length === 0) return;
      const workers = Array.from({ length: this.#variant.workers ?? 1 }, async (_, n) => {
        const each = received[n];
        const worker = n === 0 && mortal ? mortal : this.#worker(kit);
        const deadline = kit.clock.now() + (this.#variant.budget ?? BUDGET);
        const handled = worker.handle([each?.message ?? wake(id)], deadline);
        const results = await (n === 0 && this.#dying ? Promise.race([handled, this.#dying.death]) : handled);
        if (!each || !results) return;
        const isAgain = this.#variant.isDoubled && each.receiveCount === 1 && each.message.kind === 'signal';
        if (results[0] === 'done' && !isAgain) kit.queue.ack(each.receipt);
        else kit.queue.nack(each.receipt, isAgain ? 0 : 1);
      });
      await kit.finish(Promise.all(workers));
    }
    this.#dying = undefined;
    await kit.pass(30_000);
  }

  #worker(kit: Kit): Worker {
    const { faults, others } = this.#variant;
    const fails = () => faults !== undefined && this.#random.number() * faults < 1;
    const plan: FaultPlan = () => (fails() ? (this.#random.number() < 0.5 ? 'before' : 'after') : undefined);
    return kit.worker(plan, this.#round % 2 === 0 ? others : {});
  }
}

interface Dying {
  readonly plan: FaultPlan;
  readonly death: Promise<void>;
  died: boolean;
}

function dying(at: number): Dying {
  let end = (): void => undefined;
  let commits = 0;
  const death = new Promise<void>((resolve) => {
    end = resolve;
  });
  const it: Dying = {
    death,
    died: false,
    plan: ({ name }) => {
      if (name !== 'executions.commit') return undefined;
      commits += 1;
      if (commits !== at) return undefined;
      it.died = true;
      end();
      return at % 2 === 0 ? 'dieBefore' : 'dieAfter';
    },
  };
  return it;
}

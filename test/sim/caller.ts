/** Somebody outside: calls the API until there is an answer, always with the same ids, as a careful client does. */
import type { Json } from '../../lib/flow/json.ts';
import type { Client, ResumeAnswer, SignalAnswer, StartAnswer } from '../../lib/runtime/views.ts';
import type { Stage } from './stage.ts';
import type { Process } from './world.ts';

/** An answer attempt of one interrupt as its caller saw it: for the linearizability check. */
export interface Operation {
  readonly interruptId: string;
  readonly requestId: string;
  readonly value: string;
  readonly from: number;
  /** Absent: no answer was seen, it may have happened at any time after `from`. */
  readonly to?: number;
  readonly kind?: ResumeAnswer['kind'];
}

export class Caller {
  readonly operations: Operation[] = [];
  readonly #stage: Stage;
  readonly #process: Process;
  readonly #answers = new Map<string, string>();

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#process = stage.world.spawn('api');
    stage.world.living.delete(this.#process);
  }

  wait(ms: number): Promise<void> {
    return this.#stage.world.sleep(this.#process, ms);
  }

  /** A moment within `ms`, chosen by the seed. */
  someTime(ms: number): Promise<void> {
    return this.wait(this.#stage.world.chooser.between(0, ms));
  }

  async start(flow: string, id: string, input: Json): Promise<StartAnswer> {
    return this.#until((client) => client.start(flow, input, { id }));
  }

  async signal(id: string, name: string, value: Json, signalId: string): Promise<SignalAnswer> {
    for (;;) {
      const answer = await this.#until((client) => client.signal(id, name, value, { id: signalId }));
      if (answer !== 'busy') return answer;
      await this.wait(1_000);
    }
  }

  async close(id: string, pendingInterrupts: 'reject' | 'cancel'): Promise<void> {
    await this.#until((client) => client.close(id, { pendingInterrupts }));
  }

  /** Polls until someone waits, or the execution has closed. */
  async interrupts(id: string, count = 1): Promise<readonly string[]> {
    for (;;) {
      const view = await this.#until((client) => client.get(id));
      if (view && view.interrupts.length >= count) return view.interrupts.map((interrupt) => interrupt.interruptId);
      if (view?.lifecycle === 'closed' || view?.status === 'failed') return [];
      await this.wait(5_000);
    }
  }

  async resume(id: string, interruptId: string, requestId: string, value: Json): Promise<ResumeAnswer['kind']> {
    const { world } = this.#stage;
    for (;;) {
      const from = world.tick();
      const attempt = await this.#stage.call((client) => client.resume(id, interruptId, { value, requestId }));
      const text = JSON.stringify(value);
      const answered = typeof attempt === 'object' && 'answer' in attempt ? attempt.answer : undefined;
      this.operations.push({
        interruptId,
        requestId,
        value: text,
        from,
        ...(answered ? { to: world.tick(), kind: answered.kind } : {}),
      });
      if (answered) {
        world.reached(`answer ${answered.kind}`);
        if (answered.kind === 'accepted' || answered.kind === 'duplicate') {
          const body = JSON.stringify(answered.entry);
          const key = `${interruptId}/${requestId}`;
          const first = this.#answers.get(key) ?? body;
          this.#answers.set(key, first);
          if (first !== body) world.violate('answers differ', `${key}: ${first} and ${body}`);
        }
        return answered.kind;
      }
      await this.wait(1_000);
    }
  }

  async #until<T>(work: (client: Client) => Promise<T>): Promise<T> {
    for (;;) {
      const attempt = await this.#stage.call(work);
      if (typeof attempt === 'object' && 'answer' in attempt) return attempt.answer;
      await this.wait(1_000);
    }
  }
}

/** The inputs and outputs of the chunks of a running flow. */
import { canonical, type Json } from '../../../lib/flow/json.ts';
import { FatalError } from '../../../lib/index.ts';
import type { Seen } from './model.ts';
import { hashOf } from './values.ts';
import type { Listener } from './wire.ts';

export class Notes implements Listener {
  /** By activation: the chunk and what it got, as in `Expected`. */
  readonly seen = new Map<string, string>();
  readonly inputs = new Map<string, Json>();
  readonly outputs = new Map<string, Json>();
  readonly wrong: string[] = [];
  /** Set: chunks take time. */
  sleep: ((ms: number) => Promise<void>) | undefined;
  #failsAt: number;
  #calls = 0;

  constructor(failsAt = Infinity) {
    this.#failsAt = failsAt;
  }

  saw(
    work: { readonly name: string; readonly sheltered: boolean; readonly isHandler?: boolean },
    key: string,
    seen: Seen,
  ) {
    const id = activationOf(key);
    const text = canonical([work.name, { ...seen }]);
    const before = this.seen.get(id) ?? text;
    if (before !== text) this.wrong.push(`${id} got ${before}, then ${text}`);
    this.seen.set(id, text);
    if (!work.isHandler) this.inputs.set(id, seen.input);
    this.#calls += 1;
    if (this.#calls < this.#failsAt || work.sheltered) return;
    this.#failsAt = Infinity;
    throw new FatalError('The test ends this attempt.');
  }

  made(key: string, output: Json): void {
    this.outputs.set(activationOf(key), output);
  }

  async work(input: Json): Promise<void> {
    await this.sleep?.(hashOf(input) % 7);
  }
}

/** Copies of an execution have the same activations. */
function activationOf(key: string): string {
  return key.slice(key.indexOf('/') + 1);
}

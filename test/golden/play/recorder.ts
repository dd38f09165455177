/** The recorded chunk runs of a case, over all processes. */
import type { Json, Run } from '../format.ts';

export class Recorder {
  readonly runs: Run[] = [];
  /** Interrupt ids that chunks chose themselves. */
  readonly chosenIds = new Set<string>();
  /** Features that chunks used and this engine lacks. */
  readonly missing = new Set<string>();
  readonly #running = new Map<string, number>();
  readonly #peaks = new Map<string, number>();
  #now = 0;

  begin(chunk: string, input: Json): Run {
    const run: Run = { chunk, input, start: this.#tick() };
    this.runs.push(run);
    const running = (this.#running.get(chunk) ?? 0) + 1;
    this.#running.set(chunk, running);
    this.#peaks.set(chunk, Math.max(running, this.#peaks.get(chunk) ?? 0));
    return run;
  }

  end(run: Run): void {
    run.end = this.#tick();
    this.#running.set(run.chunk, (this.#running.get(run.chunk) ?? 1) - 1);
  }

  /** @param chunks `*` = all */
  peaks(chunks: readonly string[]): { readonly [chunk: string]: number } {
    return Object.fromEntries([...this.#peaks].filter(([chunk]) => chunks.includes('*') || chunks.includes(chunk)));
  }

  #tick(): number {
    this.#now += 1;
    return this.#now;
  }
}

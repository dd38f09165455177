import { HANG_MS } from '../limits.ts';

/** Waits, with a limit, for asynchronous work of other parts. */
export async function until(condition: () => boolean | Promise<boolean>, what: string, ms = HANG_MS): Promise<void> {
  const end = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`Not within ${ms} ms: ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

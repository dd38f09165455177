/** Detects SDK calls of an invocation that has already responded. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { FlowError } from '../../../errors/errors.ts';

export interface Invocations {
  /** Runs one invocation; work that it leaves running still belongs to it. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Lambda freezes a process that has responded. Work left running would continue during a later invocation, with
   * outdated fences and deadlines.
   * @throws FlowError `invocation_ended`
   */
  check(): void;
}

export function createInvocations(): Invocations {
  const current = new AsyncLocalStorage<{ over: boolean }>();
  return {
    async run(work) {
      const mine = { over: false };
      try {
        return await current.run(mine, work);
      } finally {
        mine.over = true;
      }
    },
    check() {
      if (!current.getStore()?.over) return;
      throw new FlowError(
        'invocation_ended',
        'A call belongs to an invocation that has already responded. Await every promise that a chunk creates.',
      );
    },
  };
}

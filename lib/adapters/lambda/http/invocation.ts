/** Knows whether the invocation that a call belongs to has answered already. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { FlowError } from '../../../errors/errors.ts';

export interface Invocations {
  /** Runs one invocation; what it leaves running when it has answered belongs to it still. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Lambda freezes a process that has answered: what was left running would go on in the middle of a later invocation,
   * whose fences and deadlines are not its own.
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
        'A call came from an invocation that has answered. Await everything that a chunk begins.',
      );
    },
  };
}

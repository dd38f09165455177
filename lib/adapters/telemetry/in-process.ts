/** Invocations of a process without functions: each delivery and each sweep is one. */
import type { WakeMessage } from '../../ports/wake-queue.ts';
import type { Telemetry } from './function-telemetry.ts';

export interface Invoking {
  deliver<T>(messages: readonly WakeMessage[], work: () => Promise<T>): Promise<T>;
  sweep<T>(work: () => Promise<T>): Promise<T>;
}

const QUEUE = 'wake-ups';
const SWEEP = {};

export function createInvoking(telemetry: Telemetry | undefined): Invoking {
  if (!telemetry) return { deliver: (_, work) => work(), sweep: (work) => work() };
  return {
    deliver(messages, work) {
      const Records = messages.map((message) => ({ body: JSON.stringify(message), eventSourceARN: QUEUE }));
      return telemetry.invocation({ Records }, undefined, work);
    },
    sweep: (work) => telemetry.invocation(SWEEP, undefined, work),
  };
}

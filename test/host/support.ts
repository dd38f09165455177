import { createFakeClock } from '../../lib/adapters/memory/clock.ts';
import { createSeededEntropy } from '../../lib/adapters/memory/entropy.ts';
import { createMemoryQueue } from '../../lib/adapters/memory/queue.ts';
import { createMemoryStores } from '../../lib/adapters/memory/stores.ts';
import { createHost, type Host } from '../../lib/host/host.ts';
import { type AnyFlow, defineApp, FlowError, type FlowErrorCode } from '../../lib/index.ts';
import type { Ports } from '../../lib/ports/ports.ts';
import type { ResourceResolver } from '../../lib/runtime/app/app.ts';
import { DEFAULTS } from '../../lib/runtime/app/parameters.ts';
import { createWorker } from '../../lib/runtime/worker/worker.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
const BUDGET = 300_000;

interface Given {
  readonly resources?: Readonly<Record<string, () => unknown>>;
  readonly resolvers?: Readonly<Record<string, ResourceResolver>>;
}

/** One process: a host over stores of its own. Time passes only where nothing else is left to do. */
export function openHost(flow: AnyFlow, { resources = {}, resolvers = {} }: Given = {}) {
  const clock = createFakeClock(Date.UTC(2026, 0, 1));
  const queue = createMemoryQueue({ clock });
  const ports: Ports = { ...createMemoryStores({ clock }), queue, clock, entropy: createSeededEntropy(1), log };
  const app = defineApp({ flows: [flow], resources, resolvers });
  const drain = async (): Promise<boolean> => {
    const received = queue.receive(10);
    for (const { message, receipt } of received) {
      await worker.handle([message], clock.now() + BUDGET);
      queue.ack(receipt);
    }
    return received.length > 0;
  };
  const progress = async (): Promise<void> => {
    if (await drain()) return;
    const due = queue.nextDue() ?? clock.now() + 60_000;
    await clock.advance(Math.max(1, due - clock.now()));
  };
  const { host, local } = createHost(app, ports, { progress });
  const worker = createWorker(app, ports, DEFAULTS, { local });
  return { host: host as Host, ports, clock, drain };
}

export const code =
  (wanted: FlowErrorCode, message = /./) =>
  (error: unknown) =>
    FlowError.is(error) && error.code === wanted && message.test(error.message);

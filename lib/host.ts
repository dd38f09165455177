/** Executions in one process without AWS, for scripts and tests, with the client and worker of a deployment. */
import { Pump } from './adapters/memory/pump.ts';
import { createMemoryQueue } from './adapters/memory/queue.ts';
import { createMemoryStores } from './adapters/memory/stores.ts';
import { systemClock, systemEntropy } from './adapters/system.ts';
import type { Telemetry } from './adapters/telemetry/function-telemetry.ts';
import { createInvoking } from './adapters/telemetry/in-process.ts';
import type { Logger } from './flow/authoring/context.ts';
import { createHost, type Host } from './host/host.ts';
import type { Ports } from './ports/ports.ts';
import type { App } from './runtime/app/app.ts';
import { DEFAULTS, type Parameters } from './runtime/app/parameters.ts';
import { createSweeper } from './runtime/worker/sweeper.ts';
import { createWorker } from './runtime/worker/worker.ts';

export { Execution, type ExecutionMeta, type ExecutionResult, type StreamOptions } from './host/execution.ts';
export { ChunkError } from './host/failure.ts';
export { type CreateOptions, createHost, type HandleOptions, type Host, type HostedFlow } from './host/host.ts';
export type { LoadReport, Snapshot } from './runtime/snapshot/document.ts';

export interface InProcessHost extends Host {
  /** Stops taking work, and resolves once no work is running. Timers no longer fire. */
  stop(): Promise<void>;
}

export interface LocalHostOptions {
  readonly parameters?: Partial<Parameters>;
  readonly log?: Logger;
  /** Traces and metrics. Each delivery and each sweep is an invocation. */
  readonly telemetry?: Telemetry;
}

const silent: Logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Creates a host that keeps all data in memory: only saved snapshots outlive the process. */
export function createLocalHost(app: App, options: LocalHostOptions = {}): InProcessHost {
  const clock = systemClock;
  const queue = createMemoryQueue({ clock });
  const stores = createMemoryStores({ clock });
  const pump = new Pump(queue, clock);
  const { parameters, telemetry, log = silent } = options;
  const plain: Ports = { ...stores, queue: pump, clock, entropy: systemEntropy, log };
  const ports = telemetry ? telemetry.observe(plain) : plain;
  const invoking = createInvoking(telemetry);
  const { host, local } = createHost(app, ports, {
    progress: () => pump.progress(),
    ...(parameters ? { parameters } : {}),
  });
  const all = { ...DEFAULTS, ...parameters };
  const sweeper = createSweeper(ports, all);
  const worker = createWorker(app, ports, all, { local });
  pump.run(
    { handle: (messages, deadline) => invoking.deliver(messages, () => worker.handle(messages, deadline)) },
    (deadline) => invoking.sweep(() => sweeper.sweep(deadline)),
  );
  return { ...host, stop: () => pump.stop() };
}

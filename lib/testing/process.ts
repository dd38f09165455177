/** The process of a worker. A fault may end it. */
import { type FaultPlan, withFaults } from '../adapters/memory/faults.ts';
import { defined } from '../defined.ts';
import type { Ports } from '../ports/ports.ts';
import type { App } from '../runtime/app/app.ts';
import type { Parameters } from '../runtime/app/parameters.ts';
import type { InterruptLink } from '../runtime/worker/exchange.ts';
import { createWorker, type Worker } from '../runtime/worker/worker.ts';

export interface Process {
  readonly worker: Worker;
  /** Resolves when a fault ends the process. */
  readonly death: Promise<undefined>;
}

export interface WorkerParts {
  readonly app: App;
  readonly parameters: Parameters;
  readonly link: InterruptLink | undefined;
}

export function createProcess(
  ports: Ports,
  { app, parameters, link }: WorkerParts,
  plan: FaultPlan | undefined,
  died: () => void,
): Process {
  let end: () => void = () => undefined;
  const death = new Promise<undefined>((resolve) => {
    end = () => {
      died();
      resolve(undefined);
    };
  });
  const own = plan ? withFaults(ports, plan, end) : ports;
  return { worker: createWorker(app, own, parameters, defined({ link })), death };
}

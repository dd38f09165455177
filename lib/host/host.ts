/**
 * A host: executions as handles of this process, over any stores. The same client and worker as in a deployment; without AWS
 * see `createLocalHost`.
 */
import { defined } from '../defined.ts';
import { FlowError } from '../errors/errors.ts';
import type { AnyFlow } from '../flow/authoring/flow.ts';
import type { Json } from '../flow/json.ts';
import type { Ports } from '../ports/ports.ts';
import type { App } from '../runtime/app/app.ts';
import { checkTtl } from '../runtime/app/checks.ts';
import { beginningOf, executionOf, flowToCreate } from '../runtime/app/definitions.ts';
import { DEFAULTS, type Parameters } from '../runtime/app/parameters.ts';
import { createClient } from '../runtime/client/client.ts';
import type { Client, StartOptions } from '../runtime/client/types.ts';
import { sendQuietly } from '../runtime/commit/send.ts';
import { messagesAfter } from '../runtime/commit/wake-ups.ts';
import type { InspectOptions, LoadReport } from '../runtime/snapshot/document.ts';
import type { LocalHost } from '../runtime/worker/worker.ts';
import { Execution, LEASE_TTL } from './execution.ts';
import { Handles } from './handles.ts';
import { loadWithResources } from './load.ts';

/** What belongs to a handle besides how the execution runs. */
export interface HandleOptions {
  /**
   * Live objects of this process; they stand before those of the app. Never stored. Kept while the execution is open; of a closed
   * one that is redriven, while somebody has the handle.
   */
  readonly resources?: Readonly<Record<string, unknown>>;
  /** Has the execution to itself, as this owner, for `leaseTtl` milliseconds at a time. */
  readonly ownerId?: string;
  /** Default 60,000. */
  readonly leaseTtl?: number;
  /** Of a lease that this owner has claimed by an earlier handle. */
  readonly fence?: number;
}

export type CreateOptions = StartOptions & HandleOptions;
export type HostLoadOptions = HandleOptions & { readonly id?: string };

/** The executions of one flow. */
export interface HostedFlow {
  /** @throws FlowError `execution_conflict` when the id is taken, `invalid_request` */
  createExecution(options?: CreateOptions): Promise<Execution>;
  /** Creates, starts, and gives the handle without waiting for the work. */
  startExecution(input: Json, options?: CreateOptions): Promise<Execution>;
  /**
   * Runs an execution to its close.
   * @returns the close snapshot
   * @throws the error of the chunk that failed; FlowError `invalid_request` with `autoClose: false`, `pending_interrupts` when
   * something waits for an answer, which nobody could give; neither leaves anything running
   */
  start(input: Json, options?: CreateOptions): Promise<Json>;
}

export interface Host {
  readonly client: Client;
  flow(flow: AnyFlow | string): HostedFlow;
  /** A handle on an execution that is there; `undefined` where there is none. */
  execution(executionId: string, options?: HandleOptions): Promise<Execution | undefined>;
  inspectLoad(document: unknown, options?: InspectOptions): LoadReport;
  /** Resources are not looked at. @throws FlowError as `Client.load` */
  load(document: unknown, options?: HostLoadOptions): Promise<Execution>;
  /**
   * Runs resolvers for what is not here, then loads.
   * @throws what a resolver throws, with nothing loaded; FlowError `missing_resource` (`details.executionId`): it is loaded and
   * can be read, but runs nothing, as a required key is still absent
   */
  asyncLoad(document: unknown, options?: HostLoadOptions): Promise<Execution>;
}

export interface HostOptions {
  readonly parameters?: Partial<Parameters>;
  /** Resolves once something may have changed. */
  progress(): Promise<void>;
}

/** The caller runs the worker, made with `local`. */
export function createHost(
  app: App,
  ports: Ports,
  { progress, parameters: given }: HostOptions,
): { readonly host: Host; readonly local: LocalHost } {
  const parameters = { ...DEFAULTS, ...given };
  const client = createClient(app, ports, parameters);
  const handles = new Handles(async (executionId) => {
    const record = await ports.executions.load(executionId);
    return !record || record.head.lifecycle === 'closed';
  });
  const local: LocalHost = {
    resources(executionId) {
      handles.keep(executionId);
      return Object.assign({}, ...handles.of(executionId).map(({ resources }) => resources));
    },
    fence: (executionId) => newest(handles.of(executionId)),
  };

  /** A worker of this process may have met the execution before its handle had the lease, and left it alone. */
  const wake = async (executionId: string): Promise<void> => {
    const record = await ports.executions.load(executionId);
    if (!record) return;
    const now = ports.clock.now();
    await sendQuietly(ports, messagesAfter({ before: undefined, after: record.head, now, received: 0, leaves: true }));
  };

  const open = async (executionId: string, options: HandleOptions): Promise<Execution> => {
    const handle = new Execution(executionId, { client, ports, progress, wake }, options);
    await handles.add(handle);
    if (options.ownerId !== undefined) await handle.claim(options.ownerId, options.leaseTtl);
    else if (options.fence !== undefined) await wake(executionId);
    return handle;
  };

  const hosted = (name: string): HostedFlow => ({
    async createExecution({ resources, ownerId, leaseTtl, fence, ...options } = {}) {
      if (leaseTtl !== undefined) checkTtl(leaseTtl);
      const { kind, executionId } = await client.create(name, options);
      if (kind === 'exists') {
        throw new FlowError('execution_conflict', `There is an execution ${executionId} already. Choose another id.`);
      }
      return open(executionId, {
        ...defined({ fence }),
        ...(resources ? { resources } : {}),
        ...defined({ ownerId, leaseTtl }),
      });
    },
    async startExecution(input, options) {
      // A bad input leaves nothing behind.
      beginningOf(app, name, input);
      const handle = await this.createExecution(options);
      await client.start(name, input, { id: handle.id });
      return handle;
    },
    async start(input, options = {}) {
      const { autoClose, autoCloseTimeout } = executionOf(flowToCreate(app, name), options);
      if (!autoClose || autoCloseTimeout === null) {
        throw new FlowError(
          'invalid_request',
          `start runs "${name}" to its close, so autoClose can not be false nor autoCloseTimeout null. Use createExecution.`,
        );
      }
      const handle = await this.startExecution(input, options);
      try {
        return await handle.untilClosed();
      } finally {
        await client.cancel(handle.id);
        handles.drop(handle);
      }
    },
  });

  const load: Host['load'] = async (document, { id, ownerId, leaseTtl = LEASE_TTL, ...options } = {}) => {
    const { executionId, fence } = await client.load(document, {
      ...defined({ id }),
      ...(ownerId === undefined ? {} : { owner: ownerId, ttl: leaseTtl }),
    });
    return open(executionId, { ...options, ...defined({ fence }) });
  };

  const host: Host = {
    client,
    flow: (flow) => hosted(typeof flow === 'string' ? flow : flow.name),
    async execution(executionId, options = {}) {
      return (await ports.executions.load(executionId)) && open(executionId, options);
    },
    inspectLoad: (document, options) => client.inspectLoad(document, options),
    load,
    asyncLoad: (document, options = {}) => loadWithResources({ app, ports, host }, document, options),
  };
  return { host, local };
}

/** The newest lease that a handle has: of several, the others are over. */
function newest(handles: readonly Execution[]): number | undefined {
  const fences = handles.map(({ fence }) => fence).filter((fence) => fence !== undefined);
  return fences.length > 0 ? Math.max(...fences) : undefined;
}

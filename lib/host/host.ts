/**
 * A host: executions as handles in this process, over any stores, with the client and worker of a deployment. For a
 * host without AWS see `createLocalHost`.
 */
import { defined } from '../defined.ts';
import { FlowError } from '../errors/errors.ts';
import type { Env } from '../flow/authoring/context.ts';
import type { AnyFlow } from '../flow/authoring/flow.ts';
import type { Json } from '../flow/json.ts';
import type { EnvOfFlow } from '../flow/pipe/pipe.ts';
import type { Ports } from '../ports/ports.ts';
import type { App } from '../runtime/app/app.ts';
import { checkTtl } from '../runtime/app/checks/checks.ts';
import { beginningOf, executionOf, flowToCreate } from '../runtime/app/definitions.ts';
import { DEFAULTS, type Parameters } from '../runtime/app/parameters.ts';
import { checkKnown, START_OPTIONS } from '../runtime/client/call-options.ts';
import { createClient } from '../runtime/client/client.ts';
import type { InputFor, StartOptionsFor } from '../runtime/client/flow-client.ts';
import type { Client, StartOptions } from '../runtime/client/types.ts';
import { withPages } from '../runtime/commit/paged.ts';
import { sendQuietly } from '../runtime/commit/send.ts';
import { messagesAfter } from '../runtime/commit/wake-ups.ts';
import type { InspectOptions, LoadReport } from '../runtime/snapshot/document.ts';
import type { LocalHandles } from '../runtime/worker/worker.ts';
import { Execution, LEASE_TTL } from './execution.ts';
import { Handles } from './handles.ts';
import { loadWithResources } from './load.ts';

/** Options of a handle. */
export interface HandleOptions {
  /**
   * Resources of this process by name; they override those of the app and are never stored. They are kept while the
   * execution is open; for a redrive after the close, as long as the caller keeps the handle.
   */
  readonly resources?: Readonly<Record<string, unknown>>;
  /** Claims the execution as this owner, for `leaseTtl` milliseconds at a time. */
  readonly ownerId?: string;
  /** Milliseconds. Default 60,000. */
  readonly leaseTtl?: number;
  /** Fence of a lease that this owner claimed through an earlier handle. */
  readonly fence?: number;
}

const HANDLE = Object.keys({
  resources: true,
  ownerId: true,
  leaseTtl: true,
  fence: true,
} satisfies { readonly [Name in keyof Required<HandleOptions>]: true });

export type CreateOptions = StartOptions & HandleOptions;
export type CreateOptionsFor<E extends Env> = StartOptionsFor<E> & HandleOptions;
export type HostLoadOptions = HandleOptions & { readonly id?: string };

/** Creates and runs executions of one flow, typed by its contract when the flow object was passed. */
export interface HostedFlow<E extends Env = Env> {
  /**
   * Creates an execution without starting it.
   * @throws FlowError `execution_conflict` when the id is taken, `invalid_request`
   */
  createExecution(options?: CreateOptionsFor<E>): Promise<Execution<E>>;
  /**
   * Creates and starts an execution, and returns its handle before the work is done.
   * @throws as `createExecution`; FlowError `invalid_input`
   */
  startExecution(input: InputFor<E>, options?: CreateOptionsFor<E>): Promise<Execution<E>>;
  /**
   * Runs an execution to its close.
   * @returns the close snapshot
   * @throws the error of the chunk that failed; FlowError `invalid_request` with `autoClose: false` or
   * `autoCloseTimeout: null`; `pending_interrupts` when a wait needs an answer. After an error the execution is
   * cancelled
   */
  start(input: InputFor<E>, options?: CreateOptionsFor<E>): Promise<Json>;
}

export interface Host {
  readonly client: Client;
  flow<F extends AnyFlow>(flow: F): HostedFlow<EnvOfFlow<F>>;
  flow(name: string): HostedFlow;
  /** Returns a handle on an existing execution; `undefined` when there is none. */
  execution(executionId: string, options?: HandleOptions): Promise<Execution | undefined>;
  inspectLoad(document: unknown, options?: InspectOptions): LoadReport;
  /** Loads a snapshot and returns a handle. Resources are not checked. @throws FlowError as `Client.load` */
  load(document: unknown, options?: HostLoadOptions): Promise<Execution>;
  /**
   * Runs resolvers for absent resources, then loads.
   * @throws the error of a resolver, then nothing is loaded; FlowError `missing_resource` (`details.executionId`) when
   * a required resource is still absent: the execution is loaded and readable, but runs no work
   */
  asyncLoad(document: unknown, options?: HostLoadOptions): Promise<Execution>;
}

export interface HostOptions {
  readonly parameters?: Partial<Parameters>;
  /** Resolves once the execution may have changed. */
  progress(): Promise<void>;
}

/** Creates a host; the caller runs the worker, made with `local`. */
export function createHost(
  app: App,
  stores: Ports,
  { progress, parameters: given }: HostOptions,
): { readonly host: Host; readonly local: LocalHandles } {
  const ports = withPages(stores);
  const parameters = { ...DEFAULTS, ...given };
  const client = createClient(app, ports, parameters);
  const handles = new Handles(async (executionId) => {
    const record = await ports.executions.load(executionId);
    return !record || record.head.lifecycle === 'closed';
  });
  const local: LocalHandles = {
    resources(executionId) {
      handles.keep(executionId);
      return Object.assign({}, ...handles.of(executionId).map(({ resources }) => resources));
    },
    fence: (executionId) => newest(handles.of(executionId)),
  };

  /** Wakes the execution: a worker of this process may have skipped it before its handle held the lease. */
  const wake = async (executionId: string): Promise<void> => {
    const record = await ports.executions.load(executionId);
    if (!record) return;
    const now = ports.clock.now();
    await sendQuietly(
      ports,
      messagesAfter({ before: undefined, after: record.head, now, received: 0, committerIsNoWorker: true }),
    );
  };

  const open = async (executionId: string, options: HandleOptions): Promise<Execution> => {
    const handle = new Execution(executionId, { client, ports, progress, wake }, options);
    await handles.add(handle);
    if (options.ownerId !== undefined) await handle.claim(options.ownerId, options.leaseTtl);
    else if (options.fence !== undefined) await wake(executionId);
    return handle;
  };

  const hosted = (name: string): HostedFlow => ({
    async createExecution(given = {}) {
      checkKnown('createExecution', given, [...START_OPTIONS, ...HANDLE]);
      const { resources, ownerId, leaseTtl, fence, ...options } = given;
      if (leaseTtl !== undefined) checkTtl(leaseTtl);
      const { kind, executionId } = await client.create(name, options);
      if (kind === 'exists') {
        throw new FlowError('execution_conflict', `Execution ${executionId} already exists. Choose another id.`);
      }
      return open(executionId, defined({ fence, resources, ownerId, leaseTtl }));
    },
    async startExecution(input, options) {
      // Checked first, so that a bad input creates no execution.
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
          `start runs flow "${name}" to its close, so autoClose cannot be false and autoCloseTimeout cannot be null. Use createExecution.`,
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

  const load: Host['load'] = async (document, given = {}) => {
    checkKnown('load', given, ['id', ...HANDLE]);
    const { id, ownerId, leaseTtl = LEASE_TTL, ...options } = given;
    const { executionId, fence } = await client.load(document, {
      ...defined({ id }),
      ...(ownerId === undefined ? {} : { owner: ownerId, ttl: leaseTtl }),
    });
    return open(executionId, { ...options, ...defined({ fence }) });
  };

  const host: Host = {
    client,
    flow: (flow: AnyFlow | string) => hosted(typeof flow === 'string' ? flow : flow.name),
    async execution(executionId, options = {}) {
      checkKnown('execution', options, HANDLE);
      return (await ports.executions.load(executionId)) && open(executionId, options);
    },
    inspectLoad: (document, options) => client.inspectLoad(document, options),
    load,
    async asyncLoad(document, options = {}) {
      checkKnown('asyncLoad', options, ['id', ...HANDLE]);
      return loadWithResources({ app, ports, host }, document, options);
    },
  };
  return { host, local };
}

/** Returns the newest fence: older leases of other handles have ended. */
function newest(handles: readonly Execution[]): number | undefined {
  const fences = handles.map(({ fence }) => fence).filter((fence) => fence !== undefined);
  return fences.length > 0 ? Math.max(...fences) : undefined;
}

/** A load that provides all required resources, or else loads an execution that runs no work. */
import { defined } from '../defined.ts';
import { FlowError } from '../errors/errors.ts';
import type { Ports } from '../ports/ports.ts';
import type { App } from '../runtime/app/app.ts';
import { LONGEST_LEASE } from '../runtime/app/checks/checks.ts';
import {
  type LoadReport,
  readSnapshot,
  reportOn,
  requirementsOf,
  resolverNames,
  type Snapshot,
} from '../runtime/snapshot/document.ts';
import type { Execution } from './execution.ts';
import type { Host, HostLoadOptions } from './host.ts';

interface Around {
  readonly app: App;
  readonly ports: Ports;
  readonly host: Host;
}

/** Owner of the lease on executions loaded without their required resources. */
const NOBODY = 'missing-resources';

export async function loadWithResources(
  { app, ports, host }: Around,
  document: unknown,
  options: HostLoadOptions,
): Promise<Execution> {
  const read = readSnapshot(app, document, { now: ports.clock.now(), owner: options.ownerId });
  // `load` throws the same error as for a plain load.
  if ('invalid' in read) return host.load(document, options);
  const { snapshot } = read;
  const given = options.resources ?? {};
  const here = new Set([...Object.keys(app.resources), ...Object.keys(given)]);
  const resolved = await resolve(app, snapshot, reportOn(snapshot, here, resolverNames(app)));
  const report = reportOn(snapshot, here, new Set(), new Set(Object.keys(resolved)));
  const resources = { ...given, ...resolved };
  if (report.ready) return host.load(document, { ...options, resources });
  const held = await host.client.load(document, {
    ...defined({ id: options.id }),
    owner: options.ownerId ?? NOBODY,
    ttl: LONGEST_LEASE,
  });
  throw new FlowError(
    'missing_resource',
    `Execution ${held.executionId} is loaded without the required resources ${report.missing.join(', ')}, so it runs no work. Load the document with them under another id.`,
    { details: { executionId: held.executionId, missing: report.missing } },
  );
}

async function resolve(
  { resolvers = {} }: App,
  snapshot: Snapshot,
  { pendingResolvers }: LoadReport,
): Promise<Readonly<Record<string, unknown>>> {
  const wanted = requirementsOf(snapshot).filter(({ key }) => pendingResolvers.includes(key));
  const made = await Promise.all(
    wanted.map(
      async (requirement) => [requirement.key, await resolvers[requirement.resolver ?? '']?.(requirement)] as const,
    ),
  );
  return Object.fromEntries(made.filter(([, resource]) => resource !== undefined));
}

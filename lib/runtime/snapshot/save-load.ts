/** Save and load: one execution as one document, which can continue in another process over another store. */
import type { Activation, Head } from '../../engine/head.ts';
import { scheduleTimer } from '../../engine/time/timers.ts';
import { listAgain } from '../../engine/values/attributes.ts';
import { FlowError } from '../../errors/errors.ts';
import type { AnyFlow } from '../../flow/authoring/flow.ts';
import type { ExecutionRecord } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import type { App } from '../app/app.ts';
import { checkId, checkTtl } from '../app/checks/checks.ts';
import { iso } from '../app/checks/times.ts';
import { flowOf, loadReadable } from '../app/definitions.ts';
import { spaceOf } from '../chunk/workspace.ts';
import type { Client } from '../client/types.ts';
import type { PutFirstHead } from '../commit/first-head.ts';
import type { Change } from '../commit/outside-events.ts';
import { loadAll } from '../commit/values.ts';
import type { SharedData } from '../shared/shared-data.ts';
import { compact, expand } from './compaction.ts';
import {
  type InspectOptions,
  invalidReport,
  type LoadOptions,
  type LoadReport,
  readSnapshot,
  reportOn,
  resolverNames,
  type Snapshot,
} from './document.ts';
import { SNAPSHOT_FORMAT } from './shape.ts';

type Snapshots = Pick<Client, 'save' | 'inspectLoad' | 'load'>;

/** Reads of the head before a save gives up, because concurrent commits drop its values. */
const TRIES = 5;

interface SnapshotTools {
  readonly change: Change;
  readonly putFirstHead: PutFirstHead;
  readonly shared: SharedData;
}

export function createSnapshots(app: App, ports: Ports, { change, putFirstHead, shared }: SnapshotTools): Snapshots {
  const inspect = (document: unknown, { resources = [], owner }: InspectOptions): LoadReport => {
    const read = readSnapshot(app, document, { now: ports.clock.now(), owner });
    if ('invalid' in read) return invalidReport(read.invalid);
    return reportOn(read.snapshot, new Set([...Object.keys(app.resources), ...resources]), resolverNames(app));
  };

  const flowDataOf = async (flow: AnyFlow, head: Head): Promise<Pick<Snapshot, 'flowData' | 'flowDataMade'>> => {
    const names = [...new Set(flowsIn(flow).map(({ name }) => name))];
    const all = await Promise.all(names.map(async (name) => [name, await ports.flowData.load(name)] as const));
    const kept = all.filter(([, { data }]) => Object.keys(data).length > 0);
    const made = new Set(all.flatMap(([, { operations }]) => operations));
    return {
      flowData: Object.fromEntries(kept.map(([name, { data }]) => [name, data])),
      flowDataMade: head.outbox.filter((row) => row.kind === 'flowData' && made.has(row.id)).map(({ id }) => id),
    };
  };

  /** Whether the shared writes in the outbox are still pending in the stored head. */
  const keepsWrites = async ({ id, inc, outbox }: Head): Promise<boolean> => {
    const writes = outbox.filter(({ kind }) => kind === 'flowData');
    if (writes.length === 0) return true;
    const now = (await loadReadable(ports, id))?.head;
    const left = new Set(now?.inc === inc ? now.outbox.map((row) => row.id) : []);
    return writes.every((row) => left.has(row.id));
  };

  /** Restores only absent keys: existing shared data is newer. */
  const restoreFlowData = async ({ flowData, flowDataMade = [], head }: Snapshot): Promise<void> => {
    const writes = head.outbox.filter((row) => row.kind === 'flowData').filter(({ id }) => flowDataMade.includes(id));
    for (const [flow, data] of Object.entries(flowData)) {
      await shared.restore(
        flow,
        data,
        writes.filter((row) => row.flow === flow),
      );
    }
  };

  /** Returns the head for the new execution, without the saved host lease. */
  const take = ({ hostLease: _, history: __, ...saved }: Head, id: string, { owner, ttl }: LoadOptions): Head => {
    const space = spaceOf(saved);
    const now = ports.clock.now();
    const head: Head = {
      ...saved,
      outbox: listAgain(saved),
      id,
      inc: ports.entropy.id(),
      fence: saved.fence + 1,
      ...(id === saved.id ? {} : { correlatedBy: saved.correlatedBy ?? saved.id }),
      ...(saved.keptUntil === undefined ? {} : { keptUntil: now + saved.keptUntil - (saved.closedAt ?? now) }),
      // Files stay in their space.
      ...(space !== undefined && saved.options.workspace === undefined ? { space } : {}),
    };
    // A timer may be the only pending item, so it must be scheduled here.
    scheduleTimer(head, now);
    if (owner === undefined || ttl === undefined) return head;
    const lease = { owner, mark: ports.entropy.id(), fence: head.fence, until: now + checkTtl(ttl) };
    return { ...head, hostLease: lease };
  };

  return {
    async save(executionId, { compactOver } = {}) {
      for (let tries = 0; tries < TRIES; tries += 1) {
        const before = await loadReadable(ports, executionId);
        if (!before) return undefined;
        // Read the ledger before the head, or it may hold an entry for an event that the saved head lacks.
        const ledger = before.head.spilled > 0 ? await ports.ledger.list(ownerOf(before.head)) : [];
        const record = ledger.length > 0 ? await loadReadable(ports, executionId) : before;
        if (record?.head.inc !== before.head.inc || record.head.spilled !== before.head.spilled) continue;
        const flow = flowOf(app, record);
        if (record.inbox.length > 0) {
          await change(record, [{ type: 'tick' }]);
          continue;
        }
        const values = await loadAll(ports.values, record.head);
        // A later commit dropped a value, so this head is outdated.
        if (!values) continue;
        const { head } = record;
        const data = await flowDataOf(flow, head);
        // A write forgotten in between may be in the data; the loaded head would apply it twice.
        if (!(await keepsWrites(head))) continue;
        const names = new Set(flowsIn(flow).flatMap(({ contract }) => contract.resources));
        const snapshot: Snapshot = {
          schemaVersion: SNAPSHOT_FORMAT,
          executionId,
          flow: head.flow,
          fingerprint: head.fingerprint,
          savedAt: iso(ports.clock.now()),
          head: settled(record),
          values,
          ledger,
          ...data,
          requirements: [
            ...new Map([...flow.requirements, ...(head.requirements ?? [])].map((each) => [each.key, each])).values(),
          ],
          resources: Object.keys(app.resources).filter((name) => names.has(name)),
        };
        return compactOver === undefined ? snapshot : compact(ports, snapshot, compactOver);
      }
      throw new FlowError(
        'contention',
        `Execution ${executionId}: concurrent commits changed it during each of ${TRIES} reads. Save it again.`,
      );
    },

    inspectLoad: (document, options = {}) => inspect(document, options),

    async load(document, options = {}) {
      const read = readSnapshot(app, document, { now: ports.clock.now(), owner: options.owner });
      if ('invalid' in read) {
        const { code, detail } = read.invalid;
        const known = code === 'definition_mismatch' ? code : 'snapshot_invalid';
        throw new FlowError(known, `Snapshot cannot be loaded. ${detail}`, { details: { diagnostic: code } });
      }
      const { snapshot } = read;
      const id = checkId(options.id ?? snapshot.executionId);
      const head = take(structuredClone(snapshot.head), id, options);
      if (await ports.executions.load(id)) throw taken(id);
      const prepare = async (): Promise<void> => {
        if (snapshot.ledger.length > 0) await ports.ledger.put(ownerOf(head), snapshot.ledger);
        await restoreFlowData(snapshot);
      };
      const first = await putFirstHead(head, { stored: await expand(ports, snapshot), prepare });
      if (first.kind === 'exists') throw taken(id);
      const { hostLease } = head;
      return {
        executionId: id,
        report: inspect(document, options),
        ...(hostLease ? { fence: hostLease.fence } : {}),
      };
    },
  };
}

/**
 * Returns the head without leases: running activations become ready, and pending announcements are sent where it is
 * loaded.
 */
function settled({ head }: ExecutionRecord): Head {
  const { armed: _, ...rest } = structuredClone(head);
  const ready = ({ fence: _, ...activation }: Activation): Activation => activation;
  const outbox = rest.outbox.filter((row) => row.kind !== 'drop' && row.kind !== 'flowDataDone');
  return { ...rest, leases: [], activations: rest.activations.map(ready), outbox };
}

function taken(id: string): FlowError {
  return new FlowError('execution_conflict', `Execution ${id} already exists. Load the snapshot with another id.`);
}

function flowsIn(flow: AnyFlow): readonly AnyFlow[] {
  return [flow, ...[...flow.children.values()].flatMap(flowsIn)];
}

function ownerOf({ id, inc }: Pick<Head, 'id' | 'inc'>): { readonly executionId: string; readonly inc: string } {
  return { executionId: id, inc };
}

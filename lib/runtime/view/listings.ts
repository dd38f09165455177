/**
 * Pages of executions and of waits. A page is limited by items and by bytes, because a Lambda response has at most 6
 * MB.
 */
import type { Head, Interrupt } from '../../engine/head.ts';
import { pendingWaits } from '../../engine/outside/waits.ts';
import { bytesOf } from '../../engine/values/pack.ts';
import { describeFault, FlowError } from '../../errors/errors.ts';
import type { ExecutionRecord, Listing, Position } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import type { App } from '../app/app.ts';
import type { Client, ExecutionSummary, InterruptView, PagePosition } from '../client/types.ts';

/** Most bytes of JSON for the waits of one page; the first wait may exceed it. */
const PAGE_BYTES = 3_000_000;
const LISTINGS: readonly Listing[] = ['open', 'closed', 'failed'];

export interface Shows {
  summary(record: ExecutionRecord): ExecutionSummary;
  interrupt(head: Head, interrupt: Interrupt): Promise<InterruptView>;
}

export function createListings(app: App, ports: Ports, show: Shows): Pick<Client, 'list' | 'interrupts'> {
  /** Leaves out and logs an item that cannot be shown, so that the others are still listed. */
  const showAlone = async <Item>(head: Head, make: () => Item | Promise<Item>): Promise<Item | undefined> => {
    try {
      return await make();
    } catch (error) {
      // Store errors go to the caller, or the whole page would be left out.
      if (!(FlowError.is(error) || error instanceof TypeError || error instanceof RangeError)) throw error;
      ports.log.error('execution not shown', { executionId: head.id, ...describeFault(error) });
      return undefined;
    }
  };

  return {
    async list({ flow, listing, after, limit }) {
      const known = [...app.flows, ...(app.taskFlows ?? [])].map((each) => each.name);
      const flows = flow === undefined ? [...new Set(known)] : [flow];
      const listings = listing === undefined ? LISTINGS : [listing];
      const start = after ? { after } : {};
      const queries = flows.flatMap((name) =>
        listings.map((each) => ports.executions.list({ flow: name, listing: each, limit: limit + 1, ...start })),
      );
      const found = newestFirst((await Promise.all(queries)).flat());
      const shown = found.slice(0, limit);
      // An execution deleted since is left out.
      const records = await Promise.all(shown.map(({ id }) => ports.executions.load(id)));
      const items = await Promise.all(
        records.map((record) => record && showAlone(record.head, () => show.summary(record))),
      );
      const last = shown.at(-1);
      return {
        items: items.filter((item) => item !== undefined),
        ...(last && found.length > limit ? { next: last } : {}),
      };
    },

    async interrupts({ after, limit }) {
      const rest = await ports.executions.listWaiting({ limit: limit + 1, ...(after ? { after } : {}) });
      // The previous page may have ended inside an execution: continue there.
      const found: readonly PagePosition[] = after?.wait ? [after, ...rest] : rest;
      const items: InterruptView[] = [];
      let room = PAGE_BYTES;
      let last: PagePosition | undefined;
      for (const { createdAt, id, wait } of found.slice(0, limit)) {
        const record = await ports.executions.load(id);
        const waits = record && (await showAlone(record.head, () => pendingWaits(record.head).toSorted(byAge)));
        for (const each of (waits ?? []).filter((other) => isAfter(other, wait))) {
          const view = record && (await showAlone(record.head, () => show.interrupt(record.head, each)));
          if (!view) continue;
          room -= bytesOf({ ...view });
          if (items.length > 0 && room < 0) return { items, ...(last && { next: last }) };
          items.push(view);
          last = { createdAt, id, wait: { createdAt: each.createdAt, id: each.id } };
        }
        last = { createdAt, id };
      }
      return { items, ...(last && found.length > limit ? { next: last } : {}) };
    },
  };
}

type Age = Pick<Interrupt, 'createdAt' | 'id'>;

function byAge(a: Age, b: Age): number {
  return a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1);
}

function isAfter(each: Age, wait: Age | undefined): boolean {
  return wait === undefined || (each.id !== wait.id && byAge(each, wait) > 0);
}

function newestFirst(positions: readonly Position[]): readonly Position[] {
  const unique = new Map(positions.map((position) => [position.id, position]));
  return [...unique.values()].sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
}

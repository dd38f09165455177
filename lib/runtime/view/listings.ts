/**
 * Pages of executions and of waits. A page is limited by items and by bytes, because a Lambda response has at most 6
 * MB.
 */

import { defined } from '../../defined.ts';
import type { Head, Interrupt } from '../../engine/head.ts';
import { pendingWaits } from '../../engine/outside/waits.ts';
import { bytesOf } from '../../engine/values/pack.ts';
import type { ExecutionRecord } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import type { App } from '../app/app.ts';
import type { Client, ExecutionSummary, InterruptView, PagePosition } from '../client/types.ts';
import { alone } from './alone.ts';
import type { Reader } from './reader.ts';
import { createSearch } from './search.ts';

/** Most bytes of JSON for the waits of one page; the first wait may exceed it. */
const PAGE_BYTES = 3_000_000;

export interface Shows extends Pick<Reader, 'status'> {
  summary(record: ExecutionRecord): ExecutionSummary;
  interrupt(head: Head, interrupt: Interrupt): Promise<InterruptView>;
}

export function createListings(app: App, ports: Ports, show: Shows): Pick<Client, 'list' | 'interrupts'> {
  const search = createSearch(app, ports, show.status);

  return {
    async list({ after, limit, ...filter }) {
      const { records, next } = await search(filter, { limit, ...defined({ after }) });
      const items = await Promise.all(records.map((record) => alone(ports, record.head, () => show.summary(record))));
      return { items: items.filter((item) => item !== undefined), ...defined({ next }) };
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
        const waits = record && (await alone(ports, record.head, () => pendingWaits(record.head).toSorted(byAge)));
        for (const each of (waits ?? []).filter((other) => isAfter(other, wait))) {
          const view = record && (await alone(ports, record.head, () => show.interrupt(record.head, each)));
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

/**
 * Finds executions by a filter. The indexes know flow, creation time, attribute and whether an execution is open, closed or
 * failed. Everything else is compared with the heads, of which a page reads a limited number.
 */
import { defined } from '../../defined.ts';
import { FlowError } from '../../errors/errors.ts';
import { type ExecutionRecord, type Listing, listingOf, type Position } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import { type App, currentFlows } from '../app/app.ts';
import type { ExecutionFilter, ListedStatus, PageQuery } from '../client/views.ts';
import { alone } from './alone.ts';
import type { Reader } from './reader.ts';

/** Most heads read for one page. */
export const MOST_READS = 100;
/** Heads read at once while a page is not full. */
const AT_ONCE = 25;
const LISTINGS: readonly Listing[] = ['open', 'closed', 'failed'];

const LISTED_AS: Readonly<Record<ListedStatus, Listing>> = {
  open: 'open',
  created: 'open',
  running: 'open',
  waiting: 'open',
  idle: 'open',
  blocked: 'open',
  paused: 'open',
  closed: 'closed',
  completed: 'closed',
  cancelled: 'closed',
  failed: 'failed',
};

/** Statuses by which executions are listed. */
export const LISTED_STATUSES = Object.keys(LISTED_AS) as readonly ListedStatus[];

export interface Found {
  /** Newest first. */
  readonly records: readonly ExecutionRecord[];
  /** Start of the next page; absent on the last one. */
  readonly next?: Position;
}

/** @throws FlowError `invalid_request` for a time or status that is none */
export type Search = (filter: ExecutionFilter, page: PageQuery) => Promise<Found>;

export function createSearch(app: App, ports: Ports, status: Reader['status']): Search {
  return async (filter, { limit, after }) => {
    const wanted = rangeOf(filter, after);
    const isChecked = filter.attributes !== undefined || !isListing(filter.status);
    const most = isChecked ? Math.max(limit, MOST_READS) : limit;
    const known = [...currentFlows(app), ...(app.taskFlows ?? [])].map(({ name }) => name);
    // Flows that the package brings are listed by their name alone.
    const names = known.filter((name) => !name.startsWith('$'));
    const flows = filter.flow === undefined ? names : [filter.flow];
    const pages = queriesOf(filter).flatMap((query) =>
      flows.map((flow) => query(ports, { flow, limit: most + 1, ...wanted })),
    );
    const candidates = newestFirst((await Promise.all(pages)).flat());
    const records: ExecutionRecord[] = [];
    let read = 0;
    while (records.length < limit && read < Math.min(most, candidates.length)) {
      const some = candidates.slice(read, Math.min(most, read + (isChecked ? AT_ONCE : limit)));
      const loaded = await Promise.all(some.map(({ id }) => ports.executions.load(id)));
      for (const record of loaded) {
        if (records.length === limit) break;
        read += 1;
        // An execution deleted since is left out.
        if (record && (await alone(ports, record.head, () => matches(record, filter, status)))) records.push(record);
      }
    }
    const last = candidates[read - 1];
    return {
      records,
      ...(last && read < candidates.length ? { next: { createdAt: last.createdAt, id: last.id } } : {}),
    };
  };
}

type IndexQuery = { readonly flow: string; readonly limit: number; readonly after?: Position; readonly since?: number };

/** The index look-ups of a filter: by one attribute, else by listing. */
function queriesOf({ attributes = {}, status }: ExecutionFilter) {
  const [first] = Object.entries(attributes);
  if (first) {
    const [name, value] = first;
    return [(ports: Ports, query: IndexQuery) => ports.attributes.find({ ...query, name, value })];
  }
  const listings = status === undefined ? LISTINGS : [LISTED_AS[status]];
  return listings.map((listing) => (ports: Ports, query: IndexQuery) => ports.executions.list({ ...query, listing }));
}

/** The listing alone tells whether an execution has this status. */
function isListing(status: ListedStatus | undefined): boolean {
  return status === undefined || LISTINGS.some((listing) => listing === status);
}

export function matches(
  record: ExecutionRecord,
  { flow, status, attributes = {}, createdAfter, createdBefore }: ExecutionFilter,
  statusOf: Reader['status'],
): boolean {
  const { head } = record;
  const own = head.attributes ?? {};
  if (flow !== undefined && head.flow !== flow) return false;
  if (createdAfter !== undefined && head.createdAt < timeOf('createdAfter', createdAfter)) return false;
  if (createdBefore !== undefined && head.createdAt >= timeOf('createdBefore', createdBefore)) return false;
  if (status !== undefined && status !== (isListing(status) ? listingOf(head) : statusOf(record))) return false;
  return Object.entries(attributes).every(([name, value]) => String(own[name] ?? '') === String(value));
}

/** @throws FlowError `invalid_request` */
function rangeOf({ status, createdAfter, createdBefore }: ExecutionFilter, after: Position | undefined) {
  checkStatus(status);
  const since = createdAfter === undefined ? undefined : timeOf('createdAfter', createdAfter);
  const end = createdBefore === undefined ? undefined : { createdAt: timeOf('createdBefore', createdBefore), id: '' };
  const start = end && (!after || end.createdAt <= after.createdAt) ? end : after;
  return { ...defined({ since }), ...(start ? { after: { createdAt: start.createdAt, id: start.id } } : {}) };
}

/** @throws FlowError `invalid_request` */
export function checkStatus(status: string | undefined, path = 'status'): void {
  if (status === undefined || Object.hasOwn(LISTED_AS, status)) return;
  throw invalid(path, `the status is "${status}". Use one of ${LISTED_STATUSES.join(', ')}.`);
}

/** @throws FlowError `invalid_request` */
export function timeOf(name: string, text: string): number {
  const time = Date.parse(text);
  if (Number.isFinite(time)) return time;
  throw invalid(name, `"${text}" is no time. Use ISO 8601, such as 2026-03-01T09:00:00Z.`);
}

function invalid(path: string, message: string): FlowError {
  return new FlowError('invalid_request', `${path}: ${message}`, { details: { path } });
}

/** Each position once: an execution that moves to another listing may be found in both. */
function newestFirst(found: readonly Position[]): readonly Position[] {
  const known = new Map(found.map((position) => [position.id, position]));
  return [...known.values()].sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1));
}

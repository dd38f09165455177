/** Which executions a bulk acts on. They are fixed when the request is accepted. */
import { pendingWaits } from '../../engine/outside/waits.ts';
import { FlowError } from '../../errors/errors.ts';
import { type BulkAct, type BulkTarget, MOST_TARGETS } from '../../flow/options/bulk.ts';
import type { ExecutionRecord, Position } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import type { ExecutionFilter } from '../client/views.ts';
import type { Reader } from '../view/reader.ts';
import { checkStatus, matches, type Search } from '../view/search.ts';
import { countsOf } from './counts.ts';
import type { BulkFilter } from './types.ts';

export interface Targets {
  /** Newest first; those of `ids` in their order. */
  readonly targets: readonly BulkTarget[];
  /** Counts of the failed ones by their error. */
  readonly byError: Readonly<Record<string, number>>;
  /** Those of `ids` without an execution; absent if there are none. */
  readonly missing?: readonly string[];
}

/** Pages of the listing read for one request: each reads at most 100 heads. */
const MOST_PAGES = 500;
const PAGE = 100;

export function createTargets(ports: Ports, search: Search, status: Reader['status']) {
  return async ({ ids, ...filter }: BulkFilter, act: BulkAct): Promise<Targets> => {
    if (filter.flow?.startsWith('$'))
      throw wrong(
        `flow "${filter.flow}" belongs to the package, and its executions are never matched. Name another flow.`,
      );
    checkStatus(filter.status, 'filter.status');
    const found: Counted = { targets: [], byError: {} };
    const take = (records: readonly ExecutionRecord[]): void => {
      found.targets.push(...records.map((record) => targetOf(record, act)));
      const failures = records.flatMap(({ head: { failure } }) => (failure ? [errorText(failure)] : []));
      found.byError = countsOf(found.byError, failures);
      if (found.targets.length > MOST_TARGETS) throw tooWide(`More than ${MOST_TARGETS} executions match`);
    };
    if (ids) {
      const wanted = [...new Set(ids)];
      const missing: string[] = [];
      for (let at = 0; at < wanted.length; at += PAGE) {
        const some = wanted.slice(at, at + PAGE);
        const records = await Promise.all(some.map((id) => ports.executions.load(id)));
        missing.push(...some.filter((_, i) => records[i] === undefined));
        take(records.filter((record) => record !== undefined).filter((record) => isMeant(record, filter, status)));
      }
      return missing.length > 0 ? { ...found, missing } : found;
    }
    let after: Position | undefined;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const { records, next } = await search(filter, { limit: PAGE, ...(after && { after }) });
      take(records);
      if (!next) return found;
      after = next;
    }
    throw tooWide(`The filter reads more than ${MOST_PAGES * PAGE} executions`);
  };
}

interface Counted {
  targets: BulkTarget[];
  byError: Readonly<Record<string, number>>;
}

function isMeant(record: ExecutionRecord, filter: ExecutionFilter, status: Reader['status']): boolean {
  return !record.head.flow.startsWith('$') && matches(record, filter, status);
}

function targetOf({ head }: ExecutionRecord, act: BulkAct): BulkTarget {
  if (act.action === 'redrive') return { id: head.id, generation: head.redrives?.length ?? 0 };
  if (act.action !== 'resume') return { id: head.id };
  const [wait, ...more] = pendingWaits(head).filter(({ type }) => act.type === undefined || type === act.type);
  return wait && more.length === 0 ? { id: head.id, wait: wait.id, generation: wait.generation ?? 0 } : { id: head.id };
}

function errorText({ name, message }: { readonly name: string; readonly message: string }) {
  return { error: `${name}: ${message}`.slice(0, 200) };
}

function tooWide(what: string): FlowError {
  return wrong(`${what}. Narrow it, for example by flow, createdAfter and createdBefore.`);
}

function wrong(problem: string): FlowError {
  return new FlowError('invalid_request', `filter: ${problem}`, { details: { path: 'filter' } });
}

/** Gives loaded heads the waits that are stored in pages beside them; see decision 018. */
import type { Head } from '../../engine/head.ts';
import { isReadable } from '../../engine/limits/readable.ts';
import { type PagedHead, unfold } from '../../engine/values/wait-pages.ts';
import type { ExecutionRecord } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import { withLoad } from '../app/with-load.ts';
import { outdated } from './values.ts';

/** Reads of a head before a load gives up, because concurrent commits drop its pages. */
const TRIES = 5;

/** Ports whose loads return whole heads. A commit of one names how it is stored: `storedOf`. */
export function withPages(ports: Ports): Ports {
  const { executions, values } = ports;
  const whole = async (record: ExecutionRecord, tries = TRIES): Promise<ExecutionRecord | undefined> => {
    const { head } = record;
    if (!head.waitPages || !isReadable(head)) return record;
    const refs = head.waitPages.map(({ ref }) => ref);
    const found = await values.get({ executionId: head.id, inc: head.inc }, refs);
    const pages = found as unknown as PagedHead['pages'];
    if (found.size === refs.length) return { ...record, head: unfold(head, pages), paged: { stored: head, pages } };
    if (tries === 0) throw outdated(head.id);
    const again = await executions.load(head.id);
    return again && whole(again, tries - 1);
  };
  return withLoad(ports, (record) => whole(record));
}

/** The head as it is stored. */
export function storedOf({ head, paged }: Pick<ExecutionRecord, 'head' | 'paged'>): Head {
  return paged?.stored ?? head;
}

/** References of the pages beside a head. */
export function pageRefs({ paged }: Pick<ExecutionRecord, 'paged'>): readonly string[] {
  return [...(paged?.pages.keys() ?? [])];
}

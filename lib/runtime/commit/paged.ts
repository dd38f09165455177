/** Gives loaded heads the waits that are stored in pages beside them; see decision 018. */
import type { Head } from '../../engine/head.ts';
import { isReadable } from '../../engine/limits/readable.ts';
import { pagesOf, unfold } from '../../engine/values/wait-pages.ts';
import { FlowError } from '../../errors/errors.ts';
import type { ExecutionRecord } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import { withLoad } from '../app/with-load.ts';

/** Reads of a head before a load gives up, because concurrent commits drop its pages. */
const TRIES = 5;

/** Ports whose loads return whole heads. A commit of one names how it is stored: `storedOf`. */
export function withPages(ports: Ports): Ports {
  const { executions, values } = ports;
  return withLoad(ports, async (first) => {
    let record: ExecutionRecord | undefined = first;
    for (let tries = 0; tries < TRIES && record; tries += 1) {
      const { head } = record;
      if (!head.waitPages || !isReadable(head)) return record;
      const owner = { executionId: head.id, inc: head.inc };
      const refs = head.waitPages.map(({ ref }) => ref);
      const pages = pagesOf(head, await values.get(owner, refs));
      if (pages) return { ...record, head: unfold(head, pages), paged: { stored: head, pages } };
      record = await executions.load(head.id);
    }
    if (!record) return undefined;
    throw new FlowError(
      'lease_lost',
      `Execution ${first.head.id}: a page of its waits was deleted, so the head that was read is outdated. Load the execution again.`,
    );
  });
}

/** The head as it is stored. */
export function storedOf({ head, paged }: Pick<ExecutionRecord, 'head' | 'paged'>): Head {
  return paged?.stored ?? head;
}

/** References of the pages beside a head. */
export function pageRefs({ paged }: Pick<ExecutionRecord, 'paged'>): readonly string[] {
  return [...(paged?.pages.keys() ?? [])];
}

/**
 * Reads what one caller needs of an execution. The cost grows neither with the number of its waits nor with what other
 * callers have posted.
 */
import type { Head, Interrupt } from '../../engine/head.ts';
import { checkReadable } from '../../engine/limits/readable.ts';
import { pendingWait } from '../../engine/outside/interrupts.ts';
import { type PagedHead, pagesOf, unfold } from '../../engine/values/wait-pages.ts';
import type { ExecutionRecord } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import { storedOf } from '../commit/paged.ts';

export interface Glance {
  /** Of the waits in pages it has the one that was asked for, and maybe others. */
  readonly head: Head;
  /** The head as it is stored. */
  readonly stored: Head;
  readonly rev: number;
  /** Events from outside are stored that no commit has taken. */
  readonly isAwaited: boolean;
  /** What a commit can start from; posts may be missing. Absent: only a part of the head was read. */
  readonly whole?: ExecutionRecord;
}

/**
 * @param wait id of the wait that the caller asks about
 * @throws FlowError `newer_format`, and those of a load
 */
export type Look = (id: string, wait?: string) => Promise<Glance | undefined>;

/** @param stored ports whose loads return heads as they are stored; those of `whole` return whole ones */
export function createLook(stored: Pick<Ports, 'executions' | 'values'>, whole: Pick<Ports, 'executions'>): Look {
  return async (id, wait) => {
    const record = await stored.executions.load(id, 1);
    if (!record) return undefined;
    const { head } = record;
    checkReadable(head);
    if (!head.waitPages) return glanceOf(record);
    const refs = wait === undefined ? [] : pagesOf(head, wait);
    const pages = refs.length > 0 ? await stored.values.get({ executionId: id, inc: head.inc }, refs) : new Map();
    const part = unfold(head, pages as unknown as PagedHead['pages']);
    const found = wait === undefined ? undefined : pendingWait(part, wait);
    if (pages.size === refs.length && (!found || hasHome(part, found)))
      return { head: part, stored: head, rev: record.rev, isAwaited: record.inbox.length > 0 };
    const all = await whole.executions.load(id);
    return all && glanceOf(all);
  };
}

/** All that a record shows. */
export function glanceOf(record: ExecutionRecord): Glance {
  const { head, rev, inbox } = record;
  return { head, rev, stored: storedOf(record), isAwaited: inbox.length > 0, whole: record };
}

/** Whether the sub-flows around a wait are there: its frames may be in the page of another wait of the same item. */
function hasHome({ frames }: Head, { home }: Pick<Interrupt, 'home'>): boolean {
  for (let at = home; at !== undefined; at = frames[at]?.parent.home) if (!frames[at]) return false;
  return true;
}

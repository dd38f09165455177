/**
 * Moves waits out of a head that has many, into pages that are stored before it. A page is written once. Whoever loads the
 * head gets its waits back, so only the stored head is small; see decision 018.
 */
import { FlowError } from '../../errors/errors.ts';
import { digest, type Json } from '../../flow/json.ts';
import type { Frame, Head, Interrupt, ScopeId } from '../head.ts';
import { bytesOf } from './list-cutter.ts';
import type { ListPart } from './parted-lists.ts';
import { indexesOf, runsOf } from './runs.ts';

/** Most bytes of JSON of all pages: a commit reads and compares their rows. */
export const PAGED_BYTES = 8 * 1024 * 1024;
/** A page with a smaller share of its rows in use is dissolved. */
const SPARSE = 1 / 4;
/** Characters of a mark: of 1,000 waits, one in four shares its mark with another one. */
const MARK = 2;

/** A page as a stored head names it. */
export interface WaitPage extends ListPart {
  /** The marks of its rows, by which a reader finds the page of one wait. Absent: an older version wrote it. */
  readonly marks?: string;
}

/** A wait, with the frames around it that no earlier row has. */
export interface PageRow {
  readonly wait: Interrupt;
  readonly frames: readonly (readonly [ScopeId, Frame])[];
}

type Pages = ReadonlyMap<string, readonly PageRow[]>;

/** A head as it is stored, and the rows of its pages by reference. */
export interface PagedHead {
  readonly stored: Head;
  readonly pages: Pages;
}

export interface FoldOptions {
  /** Most waits outside pages. */
  readonly kept: number;
  /** Stores a new page and returns its reference. */
  readonly put: (rows: Json) => string;
}

export interface Folded {
  /** The same head; its rows have the order in which they are loaded. */
  readonly head: Head;
  /** Absent: there are no pages, so the head is stored as it is. */
  readonly paged?: PagedHead;
  /** References of the pages that the stored head does not name any more. */
  readonly dropped: readonly string[];
}

/**
 * Moves all waits but the newest into pages, if more than `kept` are outside. A row that has changed leaves its page. The
 * newest wait is in no page, because stores list executions and take answers by the waits in the head.
 * @param before how the head that `head` was made from is stored, if it has pages
 * @throws FlowError `head_too_large` when a new page exceeds `PAGED_BYTES`
 */
export function fold(head: Head, before: PagedHead | undefined, { kept, put }: FoldOptions): Folded {
  if (!before && head.interrupts.length <= kept) return { head, dropped: [] };
  const loose = new Map(head.interrupts.map((wait) => [wait.id, wait]));
  const frames = { ...head.frames };
  const pages = new Map<string, readonly PageRow[]>();
  const waitPages: WaitPage[] = [];
  const name = (ref: string, rows: readonly PageRow[], indexes: readonly number[], marks = marksOf(rows)): void => {
    pages.set(ref, rows);
    waitPages.push({ ref, at: runsOf(indexes), marks });
  };

  const newest = head.interrupts.at(-1);
  const isSame = (row: PageRow | undefined): boolean => {
    const wait = row && loose.get(row.wait.id);
    if (!wait || wait === newest) return false;
    const around = row.frames.map(([scope]) => [scope, head.frames[scope]]);
    return JSON.stringify({ wait, frames: around }) === JSON.stringify(row);
  };
  const old = before?.stored.waitPages ?? [];
  for (const { ref, at, marks } of old) {
    const rows = before?.pages.get(ref) ?? [];
    const same = indexesOf(at).filter((index) => isSame(rows[index]));
    if (same.length === 0 || same.length < rows.length * SPARSE) continue;
    name(ref, rows, same, marks);
    for (const { wait, frames: around } of same.flatMap((index) => rows[index] ?? [])) {
      loose.delete(wait.id);
      for (const [scope] of around) delete frames[scope];
    }
  }
  if (loose.size > kept) {
    const waits = [...loose.values()].slice(0, -1);
    for (let at = 0; at < waits.length; at += kept) {
      const rows = waits.slice(at, at + kept).map((wait) => ({ wait, frames: takeFrames(frames, wait) }));
      name(put(rows as unknown as Json), rows, [...rows.keys()]);
      for (const { wait } of rows) loose.delete(wait.id);
    }
    checkBytes(head.id, pages);
  }
  const dropped = old.flatMap(({ ref }) => (pages.has(ref) ? [] : [ref]));
  if (waitPages.length === 0) return { head, dropped };
  const stored: Head = { ...head, format: 3, interrupts: [...loose.values()], frames, waitPages };
  return { head: unfold(stored, pages), paged: { stored, pages }, dropped };
}

/** Takes the frames from the wait up to the list that its item belongs to. */
function takeFrames(frames: Record<ScopeId, Frame>, { scope }: Interrupt): PageRow['frames'] {
  const found: (readonly [ScopeId, Frame])[] = [];
  for (
    let at = scope, frame = frames[at];
    frame && frame.kind !== 'list';
    at = frame.parent.scope, frame = frames[at]
  ) {
    delete frames[at];
    found.push([at, frame]);
  }
  return found;
}

function checkBytes(id: string, pages: Pages): void {
  const bytes = bytesOf([...pages.values()]);
  if (bytes <= PAGED_BYTES) return;
  throw new FlowError(
    'head_too_large',
    `Execution ${id}: its waits would have ${bytes} bytes; the limit is ${PAGED_BYTES}. Keep fewer waits open at once.`,
  );
}

function marksOf(rows: readonly PageRow[]): string {
  return rows.map(({ wait }) => markOf(wait.id)).join('');
}

function markOf(id: string): string {
  return digest(id).slice(0, MARK);
}

/** References of the pages that may have a wait with this id. */
export function pagesOf({ waitPages = [] }: Head, id: string): readonly string[] {
  const mark = markOf(id);
  const hasMark = (marks: string) => (row: number) => marks.startsWith(mark, row * MARK);
  return waitPages.flatMap(({ ref, at, marks }) =>
    marks === undefined || indexesOf(at).some(hasMark(marks)) ? [ref] : [],
  );
}

/** The head with the rows of its pages, or of some of them. */
export function unfold({ waitPages = [], ...stored }: Head, pages: Pages): Head {
  const rows = waitPages.flatMap(({ ref, at }) => indexesOf(at).flatMap((index) => pages.get(ref)?.[index] ?? []));
  const interrupts = [...rows.map(({ wait }) => wait), ...stored.interrupts];
  const frames = { ...stored.frames, ...Object.fromEntries(rows.flatMap((row) => row.frames)) };
  return { ...stored, format: 2, interrupts, frames };
}

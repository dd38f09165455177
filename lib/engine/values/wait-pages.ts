/**
 * Moves waits out of a head that has many, into pages that are stored before it. A page is written once. Whoever loads the
 * head gets its waits back, so only the stored head is small; see decision 018.
 */
import { FlowError } from '../../errors/errors.ts';
import type { Json } from '../../flow/json.ts';
import type { Frame, Head, Interrupt, ScopeId } from '../head.ts';
import type { ListPart } from './parted-lists.ts';
import { indexesOf, runsOf } from './runs.ts';

/** Most bytes of JSON of all rows in pages: a commit reads and compares them all. */
export const PAGED_BYTES = 8 * 1024 * 1024;
/** A page with a smaller share of its rows in use is dissolved. */
const SPARSE = 1 / 4;

/** A wait, with the frames around it that no earlier row has. */
export interface PageRow {
  readonly wait: Interrupt;
  readonly frames: readonly (readonly [ScopeId, Frame])[];
}

/** A head as it is stored, and the rows of its pages by reference. */
export interface PagedHead {
  readonly stored: Head;
  readonly pages: ReadonlyMap<string, Page>;
}

export interface Page {
  readonly rows: readonly PageRow[];
  /** The rows as JSON. */
  readonly texts: readonly string[];
}

class StoredPage implements Page {
  readonly rows: readonly PageRow[];
  #texts: readonly string[] | undefined;

  constructor(rows: readonly PageRow[]) {
    this.rows = rows;
  }

  get texts(): readonly string[] {
    this.#texts ??= this.rows.map((row) => JSON.stringify(row));
    return this.#texts;
  }
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
 * stored head keeps at least one wait, because stores list and take answers by it.
 * @param before how the head that `head` was made from is stored, if it has pages
 * @throws FlowError `head_too_large` when the rows in pages grow beyond `PAGED_BYTES`
 */
export function fold(head: Head, before: PagedHead | undefined, { kept, put }: FoldOptions): Folded {
  if (!before && head.interrupts.length <= kept) return { head, dropped: [] };
  const { parts, inPages } = before ? stillIn(head, before) : { parts: [], inPages: new Set<Interrupt>() };
  const loose = head.interrupts.filter((wait) => !inPages.has(wait));
  const pages = new Map(parts.map(({ part, page }) => [part.ref, page]));
  const named = parts.map(({ part }) => part);
  if (loose.length > kept) {
    const taken = framesOf(parts);
    const rows = loose.slice(0, -1).map((wait) => ({ wait, frames: takeFrames(head, wait, taken) }));
    for (let at = 0; at < rows.length; at += kept) {
      const page = new StoredPage(rows.slice(at, at + kept));
      const ref = put(page.rows as unknown as Json);
      pages.set(ref, page);
      named.push({ ref, at: runsOf([...page.rows.keys()]) });
    }
  } else if (loose.length === 0 && named.length > 0) {
    const smallest = parts.toSorted((a, b) => a.indexes.length - b.indexes.length)[0];
    named.splice(
      named.findIndex(({ ref }) => ref === smallest?.part.ref),
      1,
    );
    pages.delete(smallest?.part.ref ?? '');
  }
  const old = before?.stored.waitPages?.map(({ ref }) => ref) ?? [];
  const dropped = old.filter((ref) => !pages.has(ref));
  if (named.length === 0) return { head, dropped };
  checkBytes(head.id, named, pages, before);
  const stored = withoutRows(head, named, pages);
  return { head: unfold(stored, pages), paged: { stored, pages }, dropped };
}

/** The head with the rows of its pages. */
export function unfold({ waitPages = [], ...stored }: Head, pages: PagedHead['pages']): Head {
  const rows = waitPages.flatMap((part) => rowsIn(part, pages));
  const format = waitPages.length > 0 ? 2 : stored.format;
  const interrupts = [...rows.map(({ wait }) => wait), ...stored.interrupts];
  const frames = { ...stored.frames, ...Object.fromEntries(rows.flatMap((row) => row.frames)) };
  return { ...stored, format, interrupts, frames };
}

/** The pages of a stored head, read from their values. `undefined`: one of them is gone. */
export function pagesOf({ waitPages = [] }: Head, values: ReadonlyMap<string, Json>): PagedHead['pages'] | undefined {
  const pages = new Map<string, Page>();
  for (const { ref } of waitPages) {
    const rows = values.get(ref);
    if (rows === undefined) return undefined;
    pages.set(ref, new StoredPage(rows as unknown as readonly PageRow[]));
  }
  return pages;
}

interface Part {
  readonly part: ListPart;
  readonly page: Page;
  readonly indexes: readonly number[];
}

/** The pages with the rows that are unchanged. Pages with few of them are left out. */
function stillIn(head: Head, { stored, pages }: PagedHead) {
  const waits = new Map(head.interrupts.map((wait) => [wait.id, wait]));
  const inPages = new Set<Interrupt>();
  const parts: Part[] = [];
  for (const { ref, at } of stored.waitPages ?? []) {
    const page = pages.get(ref);
    if (!page) continue;
    const indexes = indexesOf(at).filter((index) => isSame(head, waits, page, index));
    if (indexes.length === 0 || indexes.length < page.rows.length * SPARSE) continue;
    for (const index of indexes) {
      const wait = waits.get(page.rows[index]?.wait.id ?? '');
      if (wait) inPages.add(wait);
    }
    parts.push({ part: { ref, at: runsOf(indexes) }, page, indexes });
  }
  return { parts, inPages };
}

function isSame(head: Head, waits: ReadonlyMap<string, Interrupt>, page: Page, index: number): boolean {
  const row = page.rows[index];
  const wait = row && waits.get(row.wait.id);
  if (!wait) return false;
  const frames = row.frames.map(([scope]) => [scope, head.frames[scope]] as const);
  return JSON.stringify({ wait, frames }) === page.texts[index];
}

function framesOf(parts: readonly Part[]): Set<ScopeId> {
  const rows = parts.flatMap(({ page, indexes }) => indexes.flatMap((index) => page.rows[index]?.frames ?? []));
  return new Set(rows.map(([scope]) => scope));
}

/** The frames from the wait up to the list that its item belongs to. */
function takeFrames({ frames }: Head, { scope }: Interrupt, taken: Set<ScopeId>): PageRow['frames'] {
  const found: (readonly [ScopeId, Frame])[] = [];
  for (
    let at = scope, frame = frames[at];
    frame && frame.kind !== 'list';
    at = frame.parent.scope, frame = frames[at]
  ) {
    if (taken.has(at)) break;
    taken.add(at);
    found.push([at, frame]);
  }
  return found;
}

function rowsIn({ ref, at }: ListPart, pages: PagedHead['pages']): readonly PageRow[] {
  const { rows = [] } = pages.get(ref) ?? {};
  return indexesOf(at).flatMap((index) => rows[index] ?? []);
}

function withoutRows(head: Head, waitPages: ListPart[], pages: PagedHead['pages']): Head {
  const rows = waitPages.flatMap((part) => rowsIn(part, pages));
  const waits = new Set(rows.map(({ wait }) => wait.id));
  const scopes = new Set(rows.flatMap(({ frames }) => frames.map(([scope]) => scope)));
  const frames = Object.fromEntries(Object.entries(head.frames).filter(([scope]) => !scopes.has(scope)));
  const interrupts = head.interrupts.filter(({ id }) => !waits.has(id));
  return { ...head, format: 3, interrupts, frames, waitPages };
}

function checkBytes(id: string, parts: readonly ListPart[], pages: PagedHead['pages'], before?: PagedHead): void {
  const bytes = bytesIn(parts, pages);
  if (bytes <= PAGED_BYTES || bytes <= bytesIn(before?.stored.waitPages ?? [], before?.pages)) return;
  throw new FlowError(
    'head_too_large',
    `Execution ${id}: its waits would have ${bytes} bytes; the limit is ${PAGED_BYTES}. Keep fewer waits open at once.`,
  );
}

function bytesIn(parts: readonly ListPart[], pages: PagedHead['pages'] = new Map()): number {
  let bytes = 0;
  for (const { ref, at } of parts)
    for (const index of indexesOf(at)) bytes += Buffer.byteLength(pages.get(ref)?.texts[index] ?? '');
  return bytes;
}

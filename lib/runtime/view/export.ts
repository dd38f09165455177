/**
 * Exports an execution for an audit, line by line: what it is, its history, its state, its waits and their answers. Each
 * line says where the next one begins, so that an export can be read in parts.
 */
import type { Head, LedgerEntry, ResumeEntry } from '../../engine/head.ts';
import { entriesIn, entryId } from '../../engine/outside/ledger.ts';
import { pendingWaits } from '../../engine/outside/waits.ts';
import { bytesOf } from '../../engine/values/pack.ts';
import { FlowError } from '../../errors/errors.ts';
import { type ExportPosition, SECTIONS } from '../../flow/options/export-cursor.ts';
import type { Ports } from '../../ports/ports.ts';
import { showInterventions } from '../app/intervention-view.ts';
import type { Client } from '../client/types.ts';
import { interruptFacts, viewEntry } from '../commit/interrupt-view.ts';
import { loadValue } from '../commit/values.ts';
import { ownerOf } from '../history/blocks.ts';
import { VALUE_FIELDS } from '../history/values.ts';
import type { ExportLine } from './export-lines.ts';
import { readCursor, writeCursor } from './export-position.ts';
import { wholeCharacter } from './read-value.ts';

/** Bytes of a part, roughly: a part ends after the line that exceeds it. */
const PART_BYTES = 2_000_000;
/** Values over so many bytes are in lines of their own, with so many characters each. */
const INLINE_BYTES = 64 * 1024;
const CHARACTERS = 250_000;
/** Most bytes of the view in the first line. */
const VIEW_BYTES = 512 * 1024;
const PAGE = 100;

type Source = Pick<Client, 'get' | 'readHistory' | 'readValue'>;
type Placed = readonly [line: ExportLine, next: ExportPosition];
type Lines = AsyncGenerator<Placed>;

export function createExport(ports: Ports, source: Source): Pick<Client, 'export' | 'readExport'> {
  const load = async (executionId: string) => (await ports.executions.load(executionId))?.head;

  /** A large value as parts of its text. */
  async function* valueLines(id: string, path: string, from: number, at: (from: number) => ExportPosition): Lines {
    const text = await textFrom(id, path, from);
    if (text === undefined) return yield [{ type: 'value', path, from, text: '', gone: true }, at(Infinity)];
    for (let start = 0; start < text.length; ) {
      const end = wholeCharacter(text, start + CHARACTERS);
      const isLast = end >= text.length;
      yield [
        { type: 'value', path, from: from + start, text: text.slice(start, end) },
        at(isLast ? Infinity : from + end),
      ];
      start = end;
    }
  }

  /** `undefined`: the value is not there any more. */
  async function textFrom(id: string, path: string, from: number): Promise<string | undefined> {
    try {
      return (await source.readValue(id, path, { from, most: Infinity }))?.text;
    } catch (error) {
      if (FlowError.is(error) && error.code === 'invalid_request') return undefined;
      throw error;
    }
  }

  async function* historyLines({ id }: Head, { at = 0, value, from = 0 }: ExportPosition): Lines {
    let cursor = value === undefined ? at : at - 1;
    for (;;) {
      const page = await source.readHistory(id, { after: cursor, limit: PAGE });
      if (!page || page.items.length === 0) return;
      for (const item of page.items) {
        const resumes = value !== undefined && item.seq === at ? value : undefined;
        const cut = VALUE_FIELDS.filter((name) => item[`${name}Ref`] !== undefined);
        const left = resumes === undefined ? cut : cut.slice(cut.indexOf(resumes));
        const after = (next: number): ExportPosition => {
          const name = left[next];
          return { section: 'history', at: item.seq, ...(name === undefined ? {} : { value: name }) };
        };
        if (resumes === undefined) yield [{ type: 'record', record: item }, after(0)];
        for (const [i, name] of left.entries()) {
          const begin = name === resumes ? from : 0;
          yield* valueLines(id, `history.${item.seq}.${name}`, begin, (next) =>
            next === Infinity ? after(i + 1) : { section: 'history', at: item.seq, value: name, from: next },
          );
        }
      }
      cursor = page.cursor;
    }
  }

  async function* stateLines(head: Head, { key: begin, from }: ExportPosition): Lines {
    for (const key of Object.keys(head.state).sort()) {
      if (begin !== undefined && (key < begin || (key === begin && from === undefined))) continue;
      const value = head.state[key];
      if (!value) continue;
      const loaded = await loadValue(ports.values, head, value);
      const done: ExportPosition = { section: 'state', key };
      const bytes = bytesOf(loaded);
      if (bytes <= INLINE_BYTES) {
        yield [{ type: 'state', key, value: loaded }, done];
        continue;
      }
      const path = `state.${key}`;
      const isGoingOn = key === begin;
      if (!isGoingOn)
        yield [
          { type: 'state', key, path, bytes },
          { ...done, from: 0 },
        ];
      yield* valueLines(head.id, path, isGoingOn ? (from ?? 0) : 0, (next) =>
        next === Infinity ? done : { ...done, from: next },
      );
    }
  }

  async function* interventionLines(head: Head, { at = 0 }: ExportPosition): Lines {
    for (const [i, row] of (head.interventions ?? []).entries()) {
      if (i < at) continue;
      const [intervention] = await showInterventions([row], (value) => loadValue(ports.values, head, value));
      if (intervention)
        yield [
          { type: 'intervention', intervention },
          { section: 'interventions', at: i + 1 },
        ];
    }
  }

  async function* waitLines(head: Head, { key: done = '' }: ExportPosition): Lines {
    for (const [key, row] of inOrder(pendingWaits(head), ({ createdAt, id }) => `${sortable(createdAt)} ${id}`)) {
      if (key <= done) continue;
      const payload = await loadValue(ports.values, head, row.payload);
      const bytes = bytesOf(payload);
      const shown = bytes <= VIEW_BYTES ? { payload } : { payload: null, payloadBytes: bytes };
      const wait = { ...interruptFacts(head, row), ...shown };
      yield [
        { type: 'wait', wait },
        { section: 'waits', key },
      ];
    }
  }

  async function* answerLines(head: Head, { key: done = '' }: ExportPosition): Lines {
    const inHead = entriesIn(head).filter(isAnswer);
    const known = new Set(inHead.map(keyOf));
    const old = head.spilled > 0 ? await ports.ledger.list(ownerOf(head)) : [];
    const all = [...old.filter(isAnswer).filter((entry) => !known.has(keyOf(entry))), ...inHead];
    for (const [key, entry] of inOrder(all, (each) => `${sortable(each.at)} ${keyOf(each)}`)) {
      const answer = viewEntry(entry);
      if (key > done)
        yield [
          { type: 'answer', answer },
          { section: 'answers', key },
        ];
    }
  }

  async function* sectionLines(head: Head, position: ExportPosition): Lines {
    switch (position.section) {
      case 'execution': {
        const view = await source.get(head.id, { most: VIEW_BYTES });
        if (!view) return;
        const { state: _, result: __, interrupts: ___, interventions: ____, ...execution } = view;
        return yield [{ type: 'execution', execution }, { section: 'history' }];
      }
      case 'history':
        return yield* historyLines(head, position);
      case 'state':
        return yield* stateLines(head, position);
      case 'interventions':
        return yield* interventionLines(head, position);
      case 'waits':
        return yield* waitLines(head, position);
      case 'answers':
        return yield* answerLines(head, position);
      default:
        return position.section satisfies never;
    }
  }

  async function* linesFrom(head: Head, start: ExportPosition): Lines {
    for (const section of SECTIONS.slice(SECTIONS.indexOf(start.section)))
      yield* sectionLines(head, section === start.section ? start : { section });
  }

  const readExport: Client['readExport'] = async (executionId, { cursor, most = PART_BYTES } = {}) => {
    const head = await load(executionId);
    if (!head) return undefined;
    const lines: ExportLine[] = [];
    let room = most;
    for await (const [line, next] of linesFrom(
      head,
      cursor === undefined ? { section: 'execution' } : readCursor(cursor),
    )) {
      lines.push(line);
      room -= bytesOf(line);
      if (room < 0) return { lines, cursor: writeCursor(next) };
    }
    return { lines: [...lines, { type: 'end' }] };
  };

  return {
    readExport,
    async *export(executionId) {
      const head = await load(executionId);
      if (!head) throw new FlowError('unknown_execution', `No execution has the id ${executionId}.`);
      for await (const [line] of linesFrom(head, { section: 'execution' })) yield line;
      yield { type: 'end' };
    },
  };
}

/** Rows by keys that keep their order when rows before them go. */
function inOrder<Row>(rows: readonly Row[], keyFor: (row: Row) => string): readonly (readonly [key: string, Row])[] {
  return rows.map((row) => [keyFor(row), row] as const).sort(([a], [b]) => (a < b ? -1 : 1));
}

function sortable(time: number): string {
  return String(time).padStart(15, '0');
}

function isAnswer(entry: LedgerEntry): entry is ResumeEntry {
  return entry.kind === 'resume';
}

function keyOf(entry: ResumeEntry): string {
  return `${entry.id} ${entryId(entry)}`;
}

/** Mutants of what is found afterwards: histories, and listings by attribute and schedule. */
import type { Mutants } from '../mutant.ts';

const ENTRIES = 'lib/runtime/shared/attribute-entries.ts';

export const history: Mutants = {
  'history-block-lost': {
    breaks: 'The stubs of records leave the head although no block holds them.',
    file: 'lib/runtime/history/buffer.ts',
    find: '        await putBlocks(ports, ownerOf(head), id, this.#sent);',
    replace: '        await putBlocks(ports, ownerOf(head), id, this.#sent.slice(1));',
  },
  'history-record-twice': {
    breaks: 'The end of an attempt is recorded twice.',
    file: 'lib/engine/history/attempts.ts',
    find: '  note(transition, type, { ...placeOf(transition, activation, id), attempt, ...ms, ...wrote, ...rest });',
    replace:
      '  for (const _ of [1, 2]) note(transition, type, { ...placeOf(transition, activation, id), attempt, ...ms, ...wrote, ...rest });',
  },
  'history-without-actor': {
    breaks: 'The record of an answer does not say who gave it.',
    file: 'lib/engine/outside/interrupts.ts',
    find: "    ...attributionOf(entry),\n    ...(outcome === 'cancelled' ? { reason: 'cancelled' } : {}),",
    replace: "    ...(outcome === 'cancelled' ? { reason: 'cancelled' } : {}),",
  },
  'history-call-without-actor': {
    breaks: 'The record of a call of a client does not say who made it.',
    file: 'lib/runtime/commit/commit.ts',
    find: '    if (!this.#asked.options.records) await storeCalls(this.#ports, head, history);\n',
    replace: '',
  },
  'history-without-begin': {
    breaks: 'The stub of an end names the stub of a beginning that has left the head.',
    file: 'lib/engine/history/stubs.ts',
    find: '    return begun !== undefined && stored.has(first + begun) ? withPlaceOf(text, known[begun]) : text;',
    replace: '    return begun !== undefined && stored.has(first + begun) ? withPlaceOf(text) : text;',
  },
  'attribute-entry-lost': {
    breaks: 'An attribute leaves the outbox although no entry lists it.',
    file: ENTRIES,
    find: 'write(entries(added), entries(removed), at)',
    replace: 'write([], entries(removed), at)',
  },
  'attribute-late-entry-left': {
    breaks: 'A worker that lists an old value late does not take its entry back.',
    file: ENTRIES,
    find: '  if (name === BY_SCHEDULE) return;',
    replace: '  if (was.length === 0) return;',
  },
  'attribute-old-entry-left': {
    breaks: 'The entry of the value before stays.',
    file: ENTRIES,
    find: 'let removed: readonly AttributeValue[] = was;',
    replace: 'let removed: readonly AttributeValue[] = [];',
  },
  'due-is-not-taken': {
    breaks: 'What a host makes due keeps its time.',
    file: 'lib/engine/time/due.ts',
    find: '  else delete row.dueAt;\n',
    replace: '',
  },
  'due-runs-twice': {
    breaks: 'A host makes due what runs already, and another worker takes it too.',
    file: 'lib/engine/time/due.ts',
    find: "  if (row.fence !== undefined || (row.dueAt ?? 0) <= now) return { kind: 'already' };",
    replace:
      "  if (row.fence === undefined && (row.dueAt ?? 0) <= now) return { kind: 'already' };\n  delete row.fence;",
  },
  'rerun-takes-a-later-write': {
    breaks: 'A rerun begins with a change that was committed after its activation began.',
    file: 'lib/runtime/history/committed.ts',
    find: '    const committed = first?.base === undefined ? undefined : changes.after(first.base);',
    replace: `    const next = first?.base === undefined ? undefined : changes.after(first.base + 1);
    const committed = first?.base === undefined ? undefined : (next ?? changes.after(first.base));`,
  },
  'rerun-forgets-joins': {
    breaks: 'The places of joins that were filled before are empty in a rerun.',
    file: 'lib/runtime/client/copies/reruns.ts',
    find: '        ...kept,\n        rerunFrom,',
    replace: '        ...kept,\n        joins: [],\n        rerunFrom,',
  },
  'rerun-loses-the-input': {
    breaks: 'A rerun with another input begins with the old one.',
    file: 'lib/runtime/client/copies/reruns.ts',
    find: '    const input = given === undefined ? await whole(source, record.input) : literal(checkInput(flow, record, given));',
    replace:
      '    const old = await whole(source, record.input);\n    const input = old ?? (given === undefined ? undefined : literal(checkInput(flow, record, given)));',
  },
  'schedule-beside-another': {
    breaks: 'A schedule that skips starts beside an open execution.',
    file: 'lib/runtime/client/starts/scheduled.ts',
    find: "  if (overlap === 'skip' && last?.isOpen && last.executionId !== id) {",
    replace: "  if (overlap === 'skip' && last?.isOpen && last.executionId === id) {",
  },
  'schedule-listed-late': {
    breaks: 'What a schedule has started is found by the next one only after a worker has listed it.',
    file: 'lib/runtime/client/starts/starts.ts',
    find: '      await listSchedule(ports, first.head);\n',
    replace: '',
  },
};

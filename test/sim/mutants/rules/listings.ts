import type { Mutants } from '../mutant.ts';

const ENTRIES = 'lib/runtime/shared/attribute-entries.ts';

export const listings: Mutants = {
  'attribute-entry-lost': {
    breaks: 'An attribute leaves the outbox although no entry lists it.',
    file: ENTRIES,
    find: '    [own],\n    was.map',
    replace: '    [],\n    was.map',
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
    find: '    was.map((old) => entry({ name, value: old })),',
    replace: '    [],',
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

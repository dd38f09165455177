import type { Mutants } from '../mutant.ts';

const FILE = 'lib/engine/values/wait-pages.ts';

export const waitPages: Mutants = {
  'page-of-waits-lost': {
    breaks: 'A new page of waits takes the place of the older ones.',
    file: FILE,
    find: '  const named = parts.map(({ part }) => part);',
    replace: '  const named = loose.length > kept ? [] : parts.map(({ part }) => part);',
  },
  'page-of-waits-repeated': {
    breaks: 'Waits in pages stay in the head too.',
    file: FILE,
    find: '  const interrupts = head.interrupts.filter(({ id }) => !waits.has(id));',
    replace: '  const interrupts = waits.size < 0 ? [] : head.interrupts;',
  },
  'wait-of-a-page-ended-twice': {
    breaks: 'A wait that has ended comes back from its page.',
    file: FILE,
    find: 'part: { ref, at: runsOf(indexes) }',
    replace: 'part: { ref, at }',
  },
  'changed-wait-kept-in-its-page': {
    breaks: 'A change of a wait in a page is forgotten.',
    file: FILE,
    find: '  return JSON.stringify({ wait, frames }) === page.texts[index];',
    replace: '  return frames.length >= 0;',
  },
  'frame-kept-in-its-page': {
    breaks: 'A change of a frame in a page is forgotten.',
    file: FILE,
    find: '  const frames = row.frames.map(([scope]) => [scope, head.frames[scope]] as const);',
    replace: '  const { frames } = row;',
  },
  'pages-of-waits-kept': {
    breaks: 'Pages without waits are not dropped.',
    file: FILE,
    find: '  const dropped = old.filter((ref) => !pages.has(ref));',
    replace: '  const dropped = old.filter((ref) => ref === null);',
  },
  'page-of-waits-dropped-in-use': {
    breaks: 'After a lost race, the page of the try that was stored is dropped.',
    file: 'lib/runtime/commit/write.ts',
    find: '  const used = new Set([...refsOf(head), ...pageRefs(record)]);',
    replace: '  const used = refsOf(head);\n  pageRefs(record);',
  },
  'last-wait-in-a-page': {
    breaks: 'All waits of a head may be in pages.',
    file: FILE,
    find: '  } else if (loose.length === 0 && named.length > 0) {',
    replace: '  } else if (loose.length < 0) {',
  },
};

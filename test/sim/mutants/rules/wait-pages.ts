import type { Mutants } from '../mutant.ts';

const FILE = 'lib/engine/values/wait-pages.ts';

export const waitPages: Mutants = {
  'page-of-waits-lost': {
    breaks: 'A new page of waits takes the place of the older ones.',
    file: FILE,
    find: '    const waits = [...loose.values()].slice(0, -1);',
    replace: '    waitPages.length = 0;\n    const waits = [...loose.values()].slice(0, -1);',
  },
  'page-of-waits-repeated': {
    breaks: 'Waits that move into a page stay in the head too.',
    file: FILE,
    find: '      for (const { wait } of rows) loose.delete(wait.id);',
    replace: '',
  },
  'wait-of-a-page-ended-twice': {
    breaks: 'A wait that has ended comes back from its page.',
    file: FILE,
    find: '    name(ref, rows, same, marks);',
    replace: '    name(ref, rows, indexesOf(at), marks);',
  },
  'changed-wait-kept-in-its-page': {
    breaks: 'A change of a wait in a page is forgotten.',
    file: FILE,
    find: '    return JSON.stringify({ wait, frames: around }) === JSON.stringify(row);',
    replace: '    return around.length >= 0;',
  },
  'frame-kept-in-its-page': {
    breaks: 'A change of a frame in a page is forgotten.',
    file: FILE,
    find: '    const around = row.frames.map(([scope]) => [scope, head.frames[scope]]);',
    replace: '    const around = row.frames;',
  },
  'pages-of-waits-kept': {
    breaks: 'Pages without waits are not dropped.',
    file: FILE,
    find: '  const dropped = old.flatMap(({ ref }) => (pages.has(ref) ? [] : [ref]));',
    replace: '  const dropped = old.flatMap(({ ref }) => (pages.has(ref) ? [ref] : [])).slice(0, 0);',
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
    find: '    if (!wait || wait === newest) return false;',
    replace: '    if (!wait || newest === null) return false;',
  },
};

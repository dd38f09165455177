import type { Mutants } from '../mutant.ts';

export const lists: Mutants = {
  'result-part-overwritten': {
    breaks: 'A part of results gets the reference of an earlier part of the list.',
    file: 'lib/engine/values/list-cutter.ts',
    find: '    const ref = knownParts.get(text) ?? newId();',
    replace: "    const ref = place.split('/')[0] || (knownParts.get(text) ?? newId());",
  },
  'results-done-without-part': {
    breaks: 'Results count as stored although their part was not written.',
    file: 'lib/engine/values/list-cutter.ts',
    find: '    values.set(ref, value);',
    replace: '',
  },
  'indexed-parts-dropped': {
    breaks: 'Parts that move to a stored index are dropped.',
    file: 'lib/engine/values/pack.ts',
    find: '(ref) => !kept.has(ref) && !indexed.has(ref)',
    replace: '(ref) => !kept.has(ref)',
  },
  'parts-of-an-index-kept': {
    breaks: 'Only the index of a list is dropped, not the parts that it names.',
    file: 'lib/runtime/worker/outbox.ts',
    find: '[...row.refs, ...inLists]',
    replace: '[...row.refs]',
  },
  'append-to-an-old-list': {
    breaks: 'The items that an append adds replace those that an earlier commit kept in the head.',
    file: 'lib/engine/values/state-lists.ts',
    find: '{ ...parted, rest: { ...parted.rest } }',
    replace: '{ ...parted, rest: {} }',
  },
  'appended-items-moved-and-kept': {
    breaks: 'The newest items of a state key leave the head without being stored.',
    file: 'lib/engine/values/list-cutter.ts',
    find: 'return this.#added(list, place, itemsOf(rest));',
    replace: 'return Object.keys(rest).length > 1 ? list : this.#added(list, place, itemsOf(rest));',
  },
  'part-stored-after-its-head': {
    breaks: 'Values are stored after the head that names them.',
    file: 'lib/runtime/commit/fit.ts',
    find: '      const text = await putFirst(ports, limit, packed, { written, how: folding });\n      return { ...made, packed: { ...packed, text } };',
    replace:
      '      void ports.clock.sleep(1).then(() => putFirst(ports, limit, packed, { written, how: folding })).catch(() => undefined);\n      return { ...made, packed };',
  },
  'held-references-forgotten': {
    breaks: 'Values that stored results refer to are dropped.',
    file: 'lib/engine/values/parted-lists.ts',
    find: '({ ref, holds = [] }) => [ref, ...holds]',
    replace: '({ ref }) => [ref]',
  },
  'newest-results-dropped': {
    breaks: 'When results move beside the head, those that are already there are forgotten.',
    file: 'lib/engine/values/list-cutter.ts',
    find: 'const parts = [...list.parts, ...this.#parts(place, items)];',
    replace: 'const parts = this.#parts(place, items);',
  },
  'wave-lost': {
    breaks: 'Of rows that are stored as one range, such as retries with one due time, the last is lost.',
    file: 'lib/engine/values/ranges/activation-ranges.ts',
    find: "'range' in each ? [indexesOf(each.range)",
    replace: "'range' in each ? [indexesOf(each.range).filter((_, i, all) => i === 0 || i < all.length - 1)",
  },
  'sub-flow-frame-lost': {
    breaks: 'Of the frames of sub-flows that are stored with those of their items, the last is lost.',
    file: 'lib/engine/values/ranges/frame-ranges.ts',
    find: 'if (child) addChild(list, child, index, i);',
    replace: 'if (child && (i === 0 || all[hashes.scopeOf(list, index + 1)])) addChild(list, child, index, i);',
  },
  'items-of-the-outer-list': {
    breaks: 'A list in a stored list gets the items of that one.',
    file: 'lib/engine/operators/for-each.ts',
    find: "return 'ref' in value && value.at !== undefined;",
    replace: 'return false;',
  },
};

import type { Mutants } from '../mutant.ts';

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
    file: 'lib/runtime/commit/outside-events.ts',
    find: '      await storeCalls(ports, after.head, history.records);\n',
    replace: '',
  },
  'history-without-begin': {
    breaks: 'The stub of an end names the stub of a beginning that has left the head.',
    file: 'lib/engine/history/stubs.ts',
    find: '    return begun !== undefined && stored.has(first + begun) ? withPlaceOf(text, known[begun]) : text;',
    replace: '    return begun !== undefined && stored.has(first + begun) ? withPlaceOf(text) : text;',
  },
};

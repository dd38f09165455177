import type { Mutants } from '../mutant.ts';

export const completions: Mutants = {
  'aborted-outcome-counted': {
    breaks: 'Running attempts of a withdrawn rest settle with all they did.',
    file: 'lib/engine/work/drops.ts',
    find: '  const over = head.activations.filter(goes);',
    replace:
      '  const over = head.activations.filter((row) => goes(row) && (row.fence === undefined || endWaits === cancelWaits));',
  },
  'completion-fires-twice': {
    breaks: 'An operator whose completion is reached continues again at the next output.',
    file: 'lib/engine/frames/ends.ts',
    find: `  if (rule) withdrawRest(transition, scope, goesOn);
`,
    replace: `  if (rule && result && !isFull(frame)) return sendOn(transition, scope, frame, result);
`,
  },
  'page-asked-twice': {
    breaks: 'A page is asked for again while its chunk runs.',
    file: 'lib/engine/operators/pages.ts',
    find: `  source.asking = true;
  pushPage(transition, frame, { list: scope, n: source.n, from: source.next }, hashId(source.id, 'page', source.n));`,
    replace: `  const again = transition.head.activations.length;
  pushPage(transition, frame, { list: scope, n: source.n, from: source.next }, hashId(source.id, 'page', source.n, again));`,
  },
  'page-repeated': {
    breaks: 'The next page begins where the page before began.',
    file: 'lib/engine/operators/pages.ts',
    find: `  frame.source.next = literal(next);
`,
    replace: '',
  },
  'tolerated-failure-fails': {
    breaks: 'The last failure that a completion tolerates fails the execution.',
    file: 'lib/engine/frames/tally.ts',
    find: "  return failed + more > tolerated ? 'tolerance' : undefined;",
    replace: "  return failed + more >= tolerated ? 'tolerance' : undefined;",
  },
  'withdrawn-wait-answered': {
    breaks: 'The waits of a withdrawn rest take answers.',
    file: 'lib/engine/work/drops.ts',
    find: '  drop(transition, goes, { joinsIn: operator, items, endWaits: withdrawWaits });',
    replace: '  drop(transition, goes, { joinsIn: operator, items, endWaits: () => withdrawWaits(transition, []) });',
  },
};

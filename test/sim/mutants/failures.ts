import type { Mutants } from './mutant.ts';

export const failures: Mutants = {
  'cascade-failure-lost': {
    breaks: 'The failure of what an awaited emit set off is not told to the chunk that awaits it.',
    file: 'lib/engine/work/failures.ts',
    find: `    cascade.failure = info;
`,
    replace: '',
  },
  'cascade-frames-stay': {
    breaks: 'A failure in an awaited emit that is given up leaves the operators around it.',
    file: 'lib/engine/work/failures.ts',
    find: `  dropBody(transition, outermost);
  dropFrame(transition.head, outermost);
`,
    replace: '',
  },
  'emit-failure-of-item': {
    breaks: 'What fails in an awaited emit of an item takes the place of the item.',
    file: 'lib/engine/work/failures.ts',
    find: '    if (frame.parent.cascade !== cascade || (side && !frame.parent.side)) return undefined;',
    replace: '    if (side && !frame.parent.side) return undefined;',
    also: [
      {
        file: 'lib/engine/work/failures.ts',
        find: "    if (frame.kind === 'item' && !frame.over && branch !== undefined && collects) return at;",
        replace:
          "    if (frame.kind === 'item' && !frame.over && (cascade ?? branch) !== undefined && collects) return at;",
      },
    ],
  },
  'emit-prefix-forgotten': {
    breaks: 'A failed attempt forgets which awaited emits were accepted.',
    file: 'lib/engine/work/failures.ts',
    find: '  const delay = retryDelay(policy, counted, outcome.entropy, outcome.retryAfter);',
    replace: `  delete activation.ops;
  const delay = retryDelay(policy, counted, outcome.entropy, outcome.retryAfter);`,
  },
  'failed-sub-flow-stays': {
    breaks: 'The frame of a sub-flow that could not be opened or ended stays.',
    file: 'lib/engine/work/failures.ts',
    find: `  leaveChild(head, activation.id);
`,
    replace: '',
  },
  'fork-forgets-work': {
    breaks: 'A fork leaves out what was still running.',
    file: 'lib/runtime/client/forks.ts',
    find: '      const { head } = snapshot;',
    replace:
      '      const head = { ...snapshot.head, activations: snapshot.head.activations.filter(({ failed }) => failed) };',
  },
  'fork-not-found-again': {
    breaks: 'A fork asked for again is looked for in the original alone.',
    file: 'lib/runtime/client/forks.ts',
    find: "      if (reduced.answers[0]?.kind !== 'applied') return (await made()) ?? { kind: 'notFailed' };",
    replace: "      if (reduced.answers[0]?.kind !== 'applied') return { kind: 'notFailed' };",
  },
  'handler-handles-its-chain': {
    breaks: 'An error handler handles the failures of what is written behind it.',
    file: 'lib/engine/limits/policy.ts',
    find: "  if (handler === row.node || followsHandler(row, handler)) return 'fail';",
    replace: "  if (handler === row.node || (row.node === '' && followsHandler(row, handler))) return 'fail';",
  },
  'handler-loop-uncounted': {
    breaks: 'A loop through an error handler spends no hops.',
    file: 'lib/engine/work/failures.ts',
    find: '  if (activation.handlers) spendHops(transition, 1, [activation]);',
    replace: '  if (activation.handlers) spendHops(transition, 0, [activation]);',
  },
  'handler-place-lost': {
    breaks: 'What a handler gives does not take the place of the branch that failed.',
    file: 'lib/engine/work/failures.ts',
    find: `    ...(inOperator ? { instead: activation.instead ?? activation.node } : {}),
`,
    replace: '',
  },
  'item-waits-stay': {
    breaks: 'The waits of an item that failed go on.',
    file: 'lib/engine/work/failures.ts',
    find: `  cancelWaits(transition, head.interrupts.filter(goes));
`,
    replace: '',
  },
  'one-attempt-more': {
    breaks: 'A chunk gets one attempt more than its policy allows.',
    file: 'lib/engine/work/failures.ts',
    find: '  if (outcome.fatal || counted >= policy.maxAttempts) return fail(transition, activation, outcome.error);',
    replace: '  if (outcome.fatal || counted > policy.maxAttempts) return fail(transition, activation, outcome.error);',
  },
  'redrive-keeps-attempts': {
    breaks: 'What is tried again has no fresh attempts.',
    file: 'lib/engine/work/redrive.ts',
    find: `    activation.attempt = 0;
`,
    replace: '',
  },
  'redrive-not-once': {
    breaks: 'A redrive whose answer was lost is accepted again.',
    file: 'lib/engine/work/redrive.ts',
    find: `  if (head.redrives?.some((each) => each.id === id)) return { kind: 'already' };
`,
    replace: '',
  },
  'redrive-opens-sub-flow-again': {
    breaks: 'A redrive opens a sub-flow again that only could not write back.',
    file: 'lib/engine/operators/sub-flow.ts',
    find: '    if (head.frames[row.id]) return;',
    replace: '',
  },
  'redrive-without-cascades': {
    breaks: 'What failed in an awaited emit is not tried again with who awaited it.',
    file: 'lib/engine/work/redrive.ts',
    find: `    againInside(transition, activation);
`,
    replace: '',
  },
  'redriven-wait-expired': {
    breaks: 'A wait that is tried again keeps the time at which it expired.',
    file: 'lib/engine/work/redrive.ts',
    find: '  head.interrupts.push({ ...wait, generation, createdAt: now, expiresAt: now + lasts, untold: true });',
    replace: '  head.interrupts.push({ ...wait, generation, createdAt: now, untold: true });',
  },
  'reopened-still-closing': {
    breaks: 'A redrive opens a closed execution again, but it goes on closing.',
    file: 'lib/engine/work/redrive.ts',
    find: `  delete head.closing;
`,
    replace: '',
  },
  'side-failure-at-once': {
    breaks: 'A failed side branch ends the main path.',
    file: 'lib/engine/work/failures.ts',
    find: '  if (side) head.sideFailure ??= info;',
    replace: '  if (side && info.attempt < 0) head.sideFailure ??= info;',
  },
  'side-failure-kept': {
    breaks: 'A redrive keeps the failure of what ran beside the main path.',
    file: 'lib/engine/work/redrive.ts',
    find: `  delete head.sideFailure;
`,
    replace: '',
  },
  'side-failure-of-item': {
    breaks: 'The failure of a side branch takes the place of the item it is beside.',
    file: 'lib/engine/work/failures.ts',
    find: '    if (frame.parent.cascade !== cascade || (side && !frame.parent.side)) return undefined;',
    replace: '    if (frame.parent.cascade !== cascade || (side && !frame)) return undefined;',
  },
  'skipped-goes-on': {
    breaks: 'A branch that is skipped after a failure goes on with null.',
    file: 'lib/engine/work/failures.ts',
    find: "  if (policy === 'skip') return;",
    replace: `  if (policy === 'skip') {
    const node = graphAt(transition, activation.home).nodes[activation.node];
    if (node?.kind === 'chunk') dispatch(transition, node.out, literal(null), originOf(activation), activation.id);
    return;
  }`,
  },
  'tolerated-unlisted': {
    breaks: 'Failures that the execution went on from are not listed.',
    file: 'lib/engine/work/failures.ts',
    find: '  head.tolerated = [...(head.tolerated ?? []), row].slice(-TOLERATED);',
    replace: '  if (row.at < 0) head.tolerated = [...(head.tolerated ?? []), row].slice(-TOLERATED);',
  },
};

import type { Mutants } from '../mutant.ts';

export const failures: Mutants = {
  'cascade-failure-lost': {
    breaks: 'The failure of a cascade does not reach the chunk that awaits the emit.',
    file: 'lib/engine/work/failures.ts',
    find: `    cascade.failure = info;
`,
    replace: '',
  },
  'cascade-frames-stay': {
    breaks: 'A discarded failure in a cascade leaves its operator frames.',
    file: 'lib/engine/work/failures.ts',
    find: `  dropBody(transition, outermost);
  dropFrame(transition.head, outermost);
`,
    replace: '',
  },
  'emit-failure-of-item': {
    breaks: 'A failure in a cascade of an item becomes the result of the item.',
    file: 'lib/engine/work/places.ts',
    find: '    if (frame.parent.cascade !== cascade || (side && !frame.parent.side)) return undefined;',
    replace: '    if (side && !frame.parent.side) return undefined;',
    also: [
      {
        file: 'lib/engine/work/places.ts',
        find: `  const parts = partsOf(transition, frame);
  if (branch === undefined || !parts) return undefined;`,
        replace: `  const parts = partsOf(transition, frame);
  if (!parts) return undefined;`,
      },
      {
        file: 'lib/engine/work/places.ts',
        find: '    if (taking && branch !== undefined) return { at, branch, taking };',
        replace:
          "    if (taking && (cascade ?? branch) !== undefined) return { at, branch: branch ?? 'item', taking };",
      },
    ],
  },
  'emit-prefix-forgotten': {
    breaks: 'A failed attempt loses its accepted awaited emits.',
    file: 'lib/engine/work/failures.ts',
    find: '  const { entropy, retryAfter } = outcome;',
    replace: `  delete activation.ops;
  const { entropy, retryAfter } = outcome;`,
  },
  'failed-sub-flow-stays': {
    breaks: 'The frame of a sub-flow whose opening or write-back failed is never deleted.',
    file: 'lib/engine/work/failures.ts',
    find: `  leaveChild(head, activation.id);
`,
    replace: '',
  },
  'fork-forgets-work': {
    breaks: 'A fork omits running activations.',
    file: 'lib/runtime/client/copies/forks.ts',
    find: '      const { head } = snapshot;',
    replace:
      '      const head = { ...snapshot.head, activations: snapshot.head.activations.filter(({ failed }) => failed) };',
  },
  'fork-not-found-again': {
    breaks: 'A repeated fork request is looked up only in the original execution.',
    file: 'lib/runtime/client/copies/forks.ts',
    find: "      if (reduced.answers[0]?.kind !== 'applied') return (await made()) ?? { kind: 'notFailed' };",
    replace: "      if (reduced.answers[0]?.kind !== 'applied') return { kind: 'notFailed' };",
  },
  'handler-handles-its-chain': {
    breaks: 'An error handler handles failures of its own continuation.',
    file: 'lib/engine/limits/retry-policy.ts',
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
    breaks: 'The output of an error handler does not replace the result of the failed branch.',
    file: 'lib/engine/work/failures.ts',
    find: `    ...(inOperator ? { instead: activation.instead ?? activation.node } : {}),
`,
    replace: '',
  },
  'item-waits-stay': {
    breaks: 'The waits of a failed item stay pending.',
    file: 'lib/engine/work/drops.ts',
    find: '  endWaits(transition, waits);',
    replace: '  endWaits(transition, waits.slice(waits.length));',
  },
  'one-attempt-more': {
    breaks: 'A chunk has one attempt more than its policy allows.',
    file: 'lib/engine/work/failures.ts',
    find: '  if (outcome.fatal || counted >= policy.maxAttempts) {',
    replace: '  if (outcome.fatal || counted > policy.maxAttempts) {',
  },
  'redrive-keeps-attempts': {
    breaks: 'A redriven activation has no fresh attempts.',
    file: 'lib/engine/work/redrive.ts',
    find: `    activation.attempt = 0;
`,
    replace: '',
  },
  'redrive-keeps-token': {
    breaks: 'An attempt that a redrive led to has the token of an earlier one where the same lease claims it.',
    file: 'lib/engine/work/redrive.ts',
    find: `    activation.redriven = (activation.redriven ?? 0) + 1;
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
    breaks: 'A redrive reopens a sub-flow whose write-back failed instead of repeating the write-back.',
    file: 'lib/engine/operators/sub-flow.ts',
    find: '    if (head.frames[row.id]) return;',
    replace: '',
  },
  'redrive-without-cascades': {
    breaks: 'A redrive of an awaiting chunk does not retry the failures of its cascade.',
    file: 'lib/engine/work/redrive.ts',
    find: `    retryInCascades(transition, activation);
`,
    replace: '',
  },
  'redriven-wait-expired': {
    breaks: 'A redriven wait keeps its past expiry.',
    file: 'lib/engine/outside/interrupts.ts',
    find: '  head.interrupts.push({ ...wait, generation, createdAt: now, expiresAt: now + lasts, untold: true });',
    replace: '  head.interrupts.push({ ...wait, generation, createdAt: now, untold: true });',
  },
  'reopened-still-closing': {
    breaks: 'A redriven execution is reopened but still closing.',
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
    breaks: 'A redrive keeps the failure of a side branch.',
    file: 'lib/engine/work/redrive.ts',
    find: `  delete head.sideFailure;
`,
    replace: '',
  },
  'side-failure-of-item': {
    breaks: 'The failure of a side branch becomes the result of its item.',
    file: 'lib/engine/work/places.ts',
    find: '    if (frame.parent.cascade !== cascade || (side && !frame.parent.side)) return undefined;',
    replace: '    if (frame.parent.cascade !== cascade || (side && !frame)) return undefined;',
  },
  'skipped-goes-on': {
    breaks: 'A skipped branch continues with null.',
    file: 'lib/engine/work/failures.ts',
    find: "  if (policy === 'skip') return;",
    replace: `  if (policy === 'skip') {
    const node = graphAt(transition, activation.home).nodes[activation.node];
    if (node?.kind === 'chunk') dispatch(transition, node.out, literal(null), originOf(activation), activation.id);
    return;
  }`,
  },
  'tolerated-unlisted': {
    breaks: 'Tolerated failures are not listed.',
    file: 'lib/engine/work/failures.ts',
    find: '  head.tolerated = [...(head.tolerated ?? []), row].slice(-TOLERATED);',
    replace: '  if (row.at < 0) head.tolerated = [...(head.tolerated ?? []), row].slice(-TOLERATED);',
  },
};

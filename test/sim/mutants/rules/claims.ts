import type { Mutants } from '../mutant.ts';

export const claims: Mutants = {
  'attempts-counted-late': {
    breaks: 'An attempt counts when it fails, not when it is claimed.',
    file: 'lib/engine/work/claims/claim.ts',
    find: `    if (!activation.awaiting) activation.attempt += 1;
`,
    replace: '',
    also: [
      {
        file: 'lib/engine/work/failures.ts',
        find: '    return fail(transition, activation, outcome.error);\n  }\n',
        replace: '    return fail(transition, activation, outcome.error);\n  }\n  activation.attempt += 1;\n',
      },
    ],
  },
  'awaiting-holds-permit': {
    breaks: 'A chunk keeps its permit during an awaited emit.',
    file: 'lib/engine/limits/permits.ts',
    find: '  return fence !== undefined && !awaiting?.length;',
    replace: '  return fence !== undefined && awaiting !== null;',
  },
  'failure-dispatches-on': {
    breaks: 'A failed execution starts ready work.',
    file: 'lib/engine/work/claims/claim.ts',
    find: '  if (!mayStart(head)) return [];',
    replace: "  if (head.paused || head.lifecycle === 'closed') return [];",
  },
  'fence-used-again': {
    breaks: 'A new lease reuses the newest fence.',
    file: 'lib/engine/work/claims/claim.ts',
    find: '  head.fence += 1;',
    replace: '  head.fence ||= 1;',
  },
  'heartbeat-resurrects': {
    breaks: 'A heartbeat restores a lost lease.',
    file: 'lib/engine/work/claims/leases.ts',
    find: "  if (!lease) return { kind: 'refused' };",
    replace: `  if (!lease) {
    transition.head.leases.push({ session: event.session, fence: transition.head.fence, until: event.until });
    return { kind: 'applied' };
  }`,
  },
  'host-lease-ignored': {
    breaks: 'Workers claim work of a host-leased execution.',
    file: 'lib/engine/work/claims/claim.ts',
    find: '  const may = head.hostLease?.fence === event.host;',
    replace: '  const may = head.hostLease?.fence === event.host || event.host === undefined;',
    also: [
      {
        file: 'lib/runtime/worker/worker.ts',
        find: `    if (theirs && theirs.fence !== local?.fence(executionId)) return 'nothing';
`,
        replace: '',
      },
    ],
  },
  'inline-starts-none': {
    breaks: 'Queued signals that need no message are never started.',
    file: 'lib/engine/work/claims/claim.ts',
    find: '  const delivered = may && (inline || !lease) ? deliver(transition, inline ? Infinity : event.deliver) : 0;',
    replace: '  const delivered = may && (inline || !lease) ? deliver(transition, inline ? 0 : event.deliver) : 0;',
  },
  'newest-signal-first': {
    breaks: 'A message starts the newest queued signal instead of the oldest.',
    file: 'lib/engine/work/claims/delivery.ts',
    find: '  const signals = queued.splice(0, takeRoom(transition, Math.min(count, queued.length)));',
    replace: '  const signals = queued.splice(-count, takeRoom(transition, Math.min(count, queued.length)));',
  },
  'newest-work-first': {
    breaks: 'Under a limit the newest ready work starts first.',
    file: 'lib/engine/work/claims/claim.ts',
    find: '  const hasRoom = take(waits.length > 0 ? [...waits, ...claimable] : claimable);',
    replace: '  const hasRoom = take([...waits, ...[...claimable].reverse()]);',
  },
  'one-quiet-is-enough': {
    breaks: 'A returned chunk with several awaited emits continues when one of them is complete.',
    file: 'lib/engine/work/claims/claim.ts',
    find: '    return !activation.parked && (activation.awaiting ?? []).every((cascade) => !busy.has(cascade));',
    replace: '    return !activation.awaiting?.length || activation.awaiting.some((cascade) => !busy.has(cascade));',
  },
  'permits-not-counted': {
    breaks: 'The concurrency limit of the execution is ignored.',
    file: 'lib/engine/limits/permits.ts',
    find: '  if (concurrency !== undefined) caps.set(EXECUTION, { limit: concurrency, used: 0 });',
    replace: '  if (concurrency === 0) caps.set(EXECUTION, { limit: concurrency, used: 0 });',
  },
  'poison-refunded': {
    breaks: 'An attempt that was alone when its worker died is refunded.',
    file: 'lib/engine/work/claims/reclaim.ts',
    find: '  if (!counts) activation.attempt -= 1;\n  else if (isLast)',
    replace: '  if (!counts || activation.attempt > 1) activation.attempt -= 1;\n  else if (isLast)',
  },
  'retry-too-early': {
    breaks: 'A failed attempt is retried before its delay has passed.',
    file: 'lib/engine/work/claims/claim.ts',
    find: '  if (activation.fence !== undefined || activation.failed || activation.sleeps || (activation.dueAt ?? 0) > now)',
    replace:
      '  if (activation.fence !== undefined || activation.failed || activation.sleeps || (activation.dueAt ?? 0) > now + 60_000)',
  },
  'signals-delivered-twice': {
    breaks: 'Starting a queued signal does not take it from the queue.',
    file: 'lib/engine/work/claims/delivery.ts',
    find: '  const signals = queued.splice(0, takeRoom(transition, Math.min(count, queued.length)));',
    replace: '  const signals = queued.slice(0, takeRoom(transition, Math.min(count, queued.length)));',
  },
  'steps-of-killer-together': {
    breaks: 'Steps are still committed together after a worker died in them.',
    file: 'lib/engine/work/claims/reclaim.ts',
    find: `  if (expired.length > 0) delete transition.head.options.durability;
`,
    replace: '',
  },
  'suspect-joined': {
    breaks: 'Other work is claimed beside a suspect that is held.',
    file: 'lib/engine/work/claims/claim.ts',
    find: `  if (held.some((activation) => activation.suspect)) return [];
`,
    replace: '',
  },
  'suspects-together': {
    breaks: 'Suspects are claimed together with other work.',
    file: 'lib/engine/work/claims/claim.ts',
    find: '      if (activation.suspect || sound.has(activation)) continue;',
    replace: '      if (sound.has(activation)) continue;',
  },
};

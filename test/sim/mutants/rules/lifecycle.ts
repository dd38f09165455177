import type { Mutants } from '../mutant.ts';

export const lifecycle: Mutants = {
  'answered-after-expiry': {
    breaks: 'An answer is accepted after the expiry of its wait.',
    file: 'lib/runtime/client/answers.ts',
    find: "const TICK = { type: 'tick' } as const;",
    replace: "const TICK = { type: 'clear', ids: [] } as const;",
  },
  'auto-close-off-ignored': {
    breaks: 'An execution without automatic close closes when it is idle.',
    file: 'lib/engine/time/lifecycle.ts',
    find: "  if (head.lifecycle === 'closed' || !autoClose || autoCloseTimeout === null) return undefined;",
    replace: "  if (head.lifecycle === 'closed' || autoCloseTimeout === null) return undefined;",
    also: [
      {
        file: 'lib/engine/time/lifecycle.ts',
        find: '  else if (head.options.autoClose || head.closing) head.idleSince ??= now;',
        replace: '  else head.idleSince ??= now;',
      },
    ],
  },
  'cancel-behind-close': {
    breaks: 'A cancel is ignored while the execution is closing.',
    file: 'lib/engine/time/lifecycle.ts',
    find: `  const { head } = transition;
  if (head.lifecycle === 'closed') return { kind: 'already' };`,
    replace: `  const { head } = transition;
  if (head.lifecycle === 'closed' || head.closing) return { kind: 'already' };`,
  },
  'closes-over-own-shared-writes': {
    breaks: "The automatic close does not wait for listeners to the execution's own writes of shared data.",
    file: 'lib/engine/time/lifecycle.ts',
    find: '    head.failure !== undefined || (live.length === 0 && head.signals.length === 0 && !expectsFlowData(head, graph))',
    replace: '    head.failure !== undefined || (live.length === 0 && head.signals.length === 0)',
  },
  'closes-over-signals': {
    breaks: 'The automatic close does not wait for queued signals.',
    file: 'lib/engine/time/lifecycle.ts',
    find: '    head.failure !== undefined || (live.length === 0 && head.signals.length === 0 && !expectsFlowData(head, graph))',
    replace: '    head.failure !== undefined || (live.length === 0 && !expectsFlowData(head, graph))',
  },
  'closes-over-sleepers': {
    breaks: 'A close does not wait for sleeps.',
    file: 'lib/engine/time/lifecycle.ts',
    find: '  const live = head.activations.filter((activation) => !activation.failed);',
    replace: '  const live = head.activations.filter((activation) => !activation.failed && !activation.sleeps);',
  },
  'derived-id-without-generation': {
    breaks: 'Derived request ids do not include the generation of the wait.',
    file: 'lib/runtime/client/acts.ts',
    find: "        hashId('resume', interruptId, valueHash, ...(generation > 0 ? [generation] : []));",
    replace: "        hashId('resume', interruptId, valueHash, );",
  },
  'failed-closes-over-work': {
    breaks: 'A failed execution closes while chunks are running.',
    file: 'lib/engine/time/lifecycle.ts',
    find: '  if (running || (head.overfull',
    replace: '  if ((running && !head.failure) || (head.overfull',
  },
  'head-before-values': {
    breaks: 'The first head is stored before the values it refers to.',
    file: 'lib/runtime/commit/first-head.ts',
    find: `    const text = await putFirst(ports, limit, { ...packed, values }, { ...noLookups(), how });
    const wakeAt = nextSweepAt(head, undefined, now);
    if (await create(ports, { head: stored, text, ...defined({ wakeAt }) })) {`,
    replace: `    const wakeAt = nextSweepAt(head, undefined, now);
    if (await create(ports, { head: stored, ...defined({ wakeAt }) })) {
      await putFirst(ports, limit, { ...packed, values }, { ...noLookups(), how });`,
  },
  'host-claim-keeps-fence': {
    breaks: 'A repeated host lease keeps its fence.',
    file: 'lib/engine/outside/host-lease.ts',
    find: '  head.fence += 1;',
    replace: '  if (!current) head.fence += 1;',
  },
  'host-takes-running': {
    breaks: 'A host lease is given while a worker holds work.',
    file: 'lib/engine/outside/host-lease.ts',
    find: `  if (!current && head.leases.some((lease) => lease.until > now)) return { kind: 'refused' };
`,
    replace: '',
  },
  'host-write-made-twice': {
    breaks: 'A repeated state write of a host is applied twice.',
    file: 'lib/engine/outside/host-control.ts',
    find: `  if (first) return { kind: first.valueHash === valueHash ? 'duplicate' : 'mismatch', entry: first };
`,
    replace: '',
  },
  'idle-clock-runs-on': {
    breaks: 'Activity does not restart the idle time of the automatic close.',
    file: 'lib/engine/time/lifecycle.ts',
    find: '  if (!isDrained(transition) || (head.unstarted && !head.closing)) delete head.idleSince;',
    replace: '  if (!isDrained(transition) || (head.unstarted && !head.closing)) void 0;',
  },
  'idle-timeout-ignored': {
    breaks: 'The automatic close does not wait for its timeout.',
    file: 'lib/engine/time/lifecycle.ts',
    find: '  return head.idleSince === undefined ? undefined : head.idleSince + autoCloseTimeout;',
    replace: '  return head.idleSince === undefined ? undefined : head.idleSince;',
  },
  'interventions-pending-for-ever': {
    breaks: 'Unconsumed interventions stay pending after the close.',
    file: 'lib/engine/time/lifecycle.ts',
    find: '  if (!expirePending(transition)) {',
    replace: '  if (transition.room < 0 && !expirePending(transition)) {',
  },
  'old-host-releases': {
    breaks: "A host releases another host's lease with an old fence.",
    file: 'lib/engine/outside/host-lease.ts',
    find: "  if (head.hostLease?.fence !== fence) return { kind: 'refused' };",
    replace: "  if (!head.hostLease) return { kind: 'refused' };",
  },
  'over-lease-prolonged': {
    breaks: 'A host renews a lease that has ended.',
    file: 'lib/engine/outside/host-lease.ts',
    find: '  else if (hostLeaseOf(head, now)) head.hostLease.until = Math.max(head.hostLease.until, until);',
    replace: '  else if (head.hostLease) head.hostLease.until = Math.max(head.hostLease.until, until);',
  },
  'rejecting-close-closes': {
    breaks: 'A close that pending waits should reject is accepted.',
    file: 'lib/engine/time/lifecycle.ts',
    find: "  if (waits && event.pendingInterrupts === 'reject') {",
    replace: "  if (waits && event.pendingInterrupts === 'reject' && head.unstarted) {",
  },
  'scheduled-by-the-call': {
    breaks: 'The id of a scheduled start is derived from the time of the call, not from the scheduled time.',
    file: 'lib/runtime/client/starts/scheduled.ts',
    find: '  const at = Number.isNaN(due) ? Math.floor(clock.now() / MINUTE) * MINUTE : due;',
    replace:
      '  const at = Number.isNaN(due) ? Math.floor(clock.now() / MINUTE) * MINUTE : Math.max(due, Math.floor(clock.now() / 1_000) * 1_000);',
  },
  'sealed-takes-writes': {
    breaks: 'Sealed executions accept writes of hosts.',
    file: 'lib/engine/outside/host-control.ts',
    find: "  if (head.lifecycle !== 'open') return { kind: 'ignored' };",
    replace: "  if (head.lifecycle === 'closed') return { kind: 'ignored' };",
  },
  'second-close-cannot-cancel': {
    breaks: 'A cancelling close is ignored after a draining close.',
    file: 'lib/engine/time/lifecycle.ts',
    find: '  if (head.closing && !cancelsMore) return',
    replace: '  if (head.closing) return',
  },
  'task-list-not-kept': {
    breaks: 'A task list is not stored with its execution.',
    file: 'lib/engine/time/lifecycle.ts',
    find: `    ...(event.type === 'start' && event.definition !== undefined ? { definition: event.definition } : {}),
`,
    replace: '',
  },
  'erased-once': {
    breaks: 'What workers write after an erasure is not deleted again.',
    file: 'lib/runtime/removal/removal.ts',
    find: '  const next = again ? {',
    replace: '  const next = again && now < 0 ? {',
  },
  'erased-keeps-ledger': {
    breaks: 'An erasure leaves the ledger.',
    file: 'lib/runtime/removal/removal.ts',
    find: '    () => ports.ledger.erase(owner),\n',
    replace: '',
  },
  'retention-forgets-starts': {
    breaks: 'What is left after the retention does not know its start.',
    file: 'lib/engine/time/retention.ts',
    find: "    inputHash: gone.how === 'erased' ? '' : head.inputHash,",
    replace: "    inputHash: '',",
  },
  'pause-claims': {
    breaks: 'A paused execution is claimed.',
    file: 'lib/engine/work/claims/claim.ts',
    find: "  return !failure && !paused && lifecycle !== 'closed';",
    replace: "  return !failure && (!paused || paused.at > 0) && lifecycle !== 'closed';",
  },
  'pause-lets-deadlines-pass': {
    breaks: 'Waits of a paused execution expire.',
    file: 'lib/engine/reduce.ts',
    find: "      if (transition.head.paused) return { kind: 'already' };\n",
    replace: '',
  },
  'unpause-before-answers': {
    breaks: 'A deadline that passed in a pause comes before an answer from the inbox.',
    file: 'lib/engine/outside/interrupts.ts',
    find: '  if (event.at !== undefined && expiresAt <= asOf && !transition.head.paused)',
    replace: '  if (event.at !== undefined && expiresAt <= asOf)',
  },
  'unseal-reopens-closing': {
    breaks: 'Unseal reopens a closing execution.',
    file: 'lib/engine/time/lifecycle.ts',
    find: "  if (head.lifecycle === 'closed' || head.closing || head.lifecycle === wanted) return { kind: 'already' };",
    replace: "  if (head.lifecycle === 'closed' || head.lifecycle === wanted) return { kind: 'already' };",
  },
  'unstarted-never-closes': {
    breaks: 'An execution without a start cannot be closed.',
    file: 'lib/engine/time/lifecycle.ts',
    find: '  if (head.unstarted && !head.closing) return false;',
    replace: '  if (head.unstarted) return false;',
  },
};

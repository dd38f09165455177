import type { Mutants } from './mutant.ts';

export const workers: Mutants = {
  'act-before-commit': {
    breaks: 'Chunks run before the claim is committed.',
    file: 'lib/runtime/worker/session.ts',
    find: `    const tasks = this.#tasks;
    const reach = { session: this.#id, stored: this.#stored.head, foreseen: this.#record.head };`,
    replace: `    const tasks = this.#tasks;
    const { head } = this.#record;
    if (this.#lease.nextHeartbeat === Infinity)
      for (const activation of head.activations)
        if (activation.fence === undefined && activation.dueAt === undefined && !activation.failed) {
          const guess = { ...activation, fence: head.fence + 1, attempt: activation.attempt + 1 };
          tasks.begin(guess, head, (task, outcome) => this.#ended.push({ task, outcome }));
        }
    const reach = { session: this.#id, stored: this.#stored.head, foreseen: this.#record.head };`,
  },
  'ahead-not-seen': {
    breaks: 'Chunks that run ahead of the store see the state of the store.',
    file: 'lib/runtime/worker/tasks.ts',
    find: '    head: async () => uncommitted() ?? (await ports.executions.load(record.head.id))?.head ?? record.head,',
    replace: '    head: async () => (await ports.executions.load(record.head.id))?.head ?? record.head,',
  },
  'deadline-refunds-all': {
    breaks: 'At the deadline also the attempts that had begun are refunded.',
    file: 'lib/runtime/worker/session.ts',
    find: '    const started = this.#tasks.started();',
    replace: '    const started = this.#tasks.started().slice(0, 0);',
  },
  'defaults-of-flow-win': {
    breaks: 'Retry defaults of the flow win over those of the execution.',
    file: 'lib/engine/limits/policy.ts',
    find: '  return { ...DEFAULT, ...graph.defaults.retry, ...transition.head.options.defaults.retry, ...own?.retry };',
    replace:
      '  return { ...DEFAULT, ...transition.head.options.defaults.retry, ...graph.defaults.retry, ...own?.retry };',
  },
  'hops-not-counted': {
    breaks: 'Hops through the queue are not counted.',
    file: 'lib/engine/limits/hops.ts',
    find: '  head.hops = (head.hops ?? 0) + count;',
    replace: '  head.hops = head.hops ?? 0;',
  },
  'hops-of-retries-not-counted': {
    breaks: 'Retries without delay are not counted as hops.',
    file: 'lib/engine/work/failures.ts',
    find: '  else spendHops(transition, 1, [activation]);',
    replace: '  else activation.dueAt = transition.now;',
  },
  'spent-hops-not-stored': {
    breaks: 'A claim that spends the last hop on ready work is not stored.',
    file: 'lib/engine/work/claim.ts',
    find: 'reclaimed || lapsed || isSpent || delivered > 0',
    replace: 'reclaimed || lapsed || (isSpent && delivered > 0) || delivered > 0',
  },
  'hops-not-renewed': {
    breaks: 'What comes from outside does not begin the count of hops anew.',
    file: 'lib/engine/limits/hops.ts',
    find: "  if (RENEWS.has(event.type) && (kind === 'accepted' || kind === 'applied')) delete head.hops;",
    replace: "  if (event.type === 'redrive' && kind === 'applied') delete head.hops;",
  },
  'host-lease-end-unannounced': {
    breaks: 'Nobody is woken when a host lease ends by its time.',
    file: 'lib/runtime/commit/wake-ups.ts',
    find: '  if (hostLease && hostLease.until !== before?.hostLease?.until)',
    replace: '  if (hostLease && hostLease.until !== before?.hostLease?.until && hostLease.until < now)',
  },
  'living-lease-reclaimed': {
    breaks: 'Leases are reclaimed before their end, without room for clocks that differ.',
    file: 'lib/runtime/worker/session.ts',
    find: '      reclaimBefore: now - parameters.clockSkew,',
    replace: '      reclaimBefore: now,',
  },
  'message-before-commit': {
    breaks: 'A session sends its wake-ups before the commit that makes work claimable, and none after it.',
    file: 'lib/runtime/worker/session.ts',
    find: "import { messagesAfter, signalMessage } from '../commit/wake-ups.ts';",
    replace: "import { messagesAfter, signalMessage, wakeUp } from '../commit/wake-ups.ts';",
    also: [
      {
        file: 'lib/runtime/worker/session.ts',
        find: `    const tasks = this.#tasks;
    const reach = { session: this.#id, stored: this.#stored.head, foreseen: this.#record.head };`,
        replace: `    const tasks = this.#tasks;
    await sendQuietly(ports, [wakeUp(this.#record.head.id)]);
    const reach = { session: this.#id, stored: this.#stored.head, foreseen: this.#record.head };`,
      },
      {
        file: 'lib/runtime/worker/session.ts',
        find: '    await sendQuietly(ports, messages);',
        replace: '    await sendQuietly(ports, messages.slice(messages.length));',
      },
    ],
  },
  'no-time-to-look': {
    breaks: 'No commit tells the sweeper when to look.',
    file: 'lib/engine/time/timers.ts',
    find: '  if (at === undefined) return stored;',
    replace: '  if (at !== undefined || stored === undefined) return undefined;',
  },
  'release-unannounced': {
    breaks: 'Nobody is woken for what came while a host had the execution to itself.',
    file: 'lib/runtime/commit/wake-ups.ts',
    find: '  return before?.hostLease !== undefined && after.hostLease === undefined;',
    replace: "  return before?.hostLease !== undefined && after.hostLease === undefined && after.id === '';",
  },
  'retry-after-ignored': {
    breaks: 'What an error says of when to try again is ignored.',
    file: 'lib/engine/limits/policy.ts',
    find: '  return Math.ceil(Math.min(LONGEST, Math.max(retryAfter || 0, delay)));',
    replace: '  return Math.ceil(Math.min(LONGEST, delay));',
  },
  'retry-factor-ignored': {
    breaks: 'The wait before a retry does not grow.',
    file: 'lib/engine/limits/policy.ts',
    find: '  const delay = policy.initialDelay * policy.factor ** (attempt - 1) *',
    replace: '  const delay = policy.initialDelay * 1 *',
  },
  'signals-beyond-32': {
    breaks: 'Behind the first messages of a crowd of queued signals none are sent.',
    file: 'lib/runtime/commit/wake-ups.ts',
    find: '  const onTheirWay = Math.max(0, Math.min(SIGNAL_MESSAGES, queued) - received);',
    replace: '  const onTheirWay = Math.max(0, queued - received);',
  },
  'sleeper-not-armed': {
    breaks: 'No timer is set for a sleep.',
    file: 'lib/engine/time/timers.ts',
    find: '  const waits = head.failure ? [] : head.activations.filter((each) => !each.failed).map((each) => each.dueAt);',
    replace:
      '  const waits = head.failure ? [] : head.activations.filter((each) => !each.failed && !each.sleeps).map((each) => each.dueAt);',
  },
  'sweep-clears-blindly': {
    breaks: 'The sweeper clears the time to look without looking at the inbox.',
    file: 'lib/runtime/worker/sweeper.ts',
    find: '  if (claimable(head, now) > 0 || inbox.length > 0 || head.outbox.length > 0) messages.push(wakeUp(head.id));',
    replace: '  if (claimable(head, now) > 0 || head.outbox.length > 0) messages.push(wakeUp(head.id));',
    also: [
      {
        file: 'lib/runtime/worker/sweeper.ts',
        find: '  const request = { head, rev, folded: 0, exclusive: true, ...defined({ wakeAt }) };',
        replace: '  const request = { head, rev, folded: 0, exclusive: false, ...defined({ wakeAt }) };',
      },
    ],
  },
  'sweep-skips-outbox': {
    breaks: 'The sweeper does not see what is to be done after commits.',
    file: 'lib/runtime/worker/sweeper.ts',
    find: '  if (claimable(head, now) > 0 || inbox.length > 0 || head.outbox.length > 0) messages.push(wakeUp(head.id));',
    replace: '  if (claimable(head, now) > 0 || inbox.length > 0) messages.push(wakeUp(head.id));',
  },
  'time-to-look-never-earlier': {
    breaks: 'The time to look is moved when it has passed, but never to an earlier time.',
    file: 'lib/engine/time/timers.ts',
    find: '  return stored === undefined || stored > latest || stored <= now ? floorOf(at) : stored;',
    replace: '  return stored === undefined || stored <= now ? floorOf(at) : stored;',
  },
  'timeout-of-defaults-ignored': {
    breaks: 'Timeouts that are defaults do not count.',
    file: 'lib/runtime/worker/tasks.ts',
    find: '    return own?.timeout ?? head.options.defaults.timeout ?? graph.defaults.timeout;',
    replace: '    return own?.timeout;',
  },
  'timer-not-armed': {
    breaks: 'No delayed message is sent for a timer.',
    file: 'lib/engine/time/timers.ts',
    find: '  if (at !== undefined && at - now <= ARM_AHEAD) head.armed = at;',
    replace: '  if (at !== undefined && at - now <= -ARM_AHEAD) head.armed = at;',
  },
  'timers-spend-hops': {
    breaks: 'Timers do not begin the count of hops anew.',
    file: 'lib/engine/limits/hops.ts',
    find: `  if (next.some(({ dueAt }) => dueAt !== undefined)) delete head.hops;
`,
    replace: '',
  },
  'too-large-blames-first': {
    breaks: 'Of settles that are too large together the first is to blame.',
    file: 'lib/runtime/worker/session.ts',
    find: '      if (only && batch.length === 1) return this.#fail(only, error);',
    replace: '      if (only) return this.#fail(only, error);',
  },
  'too-large-tried-again': {
    breaks: 'A settle that is too large is tried again like any failure.',
    file: 'lib/runtime/worker/session.ts',
    find: "    const outcome: Outcome = { kind: 'failed', error: { name, message, code }, fatal: true, entropy: 0 };",
    replace:
      "    const outcome: Outcome = { kind: 'failed', error: { name, message, code }, fatal: false, entropy: 0 };",
  },
  'too-large-for-ever': {
    breaks: 'What is due and has no room in the head is tried again for ever.',
    file: 'lib/runtime/worker/session.ts',
    find: '    const isOver = this.#isFull && !isLive(head, this.#now);',
    replace: "    const isOver = this.#isFull && head.id === '';",
  },
  'refused-emit-tried-again': {
    breaks: 'An awaited emit that has no room in the head is tried again like any failure.',
    file: 'lib/runtime/chunk/failed.ts',
    find: "  'head_too_large',",
    replace: '',
  },
  'wait-for-emit-refused': {
    breaks: 'Where the head has no room for new work, it is not stored that an attempt waits for its emit.',
    file: 'lib/runtime/worker/session.ts',
    find: '      return reentries.length > 0 ?',
    replace: '      return reentries.length < 0 ?',
  },
  'taken-inbox-not-told': {
    breaks: 'A change that takes some of the inbox and then loses its race sends no wake-ups for what it took.',
    file: 'lib/runtime/commit/commit.ts',
    find: '    if (!this.#taken) return;',
    replace: '    if (!this.#taken || this.#begun) return;',
  },
};

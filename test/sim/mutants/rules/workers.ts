import type { Mutants } from '../mutant.ts';

export const workers: Mutants = {
  'failures-without-room': {
    breaks: 'A failure has no more room in the head than a step, and one that is to be tried again may be the last.',
    file: 'lib/runtime/worker/session.ts',
    find: "    const growth = batch.every(({ outcome }) => outcome.kind === 'failed') ? 'control' : 'new';",
    replace: "    const growth = 'new';",
  },
  'claim-without-room-fails': {
    breaks: 'A claim without room fails the execution although other workers hold work that will make room.',
    file: 'lib/runtime/worker/session.ts',
    find: '      const waits = mayWait && isHeld(this.#record.head, this.#now);',
    replace: '      const waits = false;',
  },
  'act-before-commit': {
    breaks: 'Chunks run before the claim is committed.',
    file: 'lib/runtime/worker/session.ts',
    find: `    const reach = { session: this.#id, stored: this.#stored.head, previewed: this.#record.head };`,
    replace: `    const tasks = this.#tasks;
    const { head } = this.#record;
    if (this.#lease.nextHeartbeat === Infinity)
      for (const activation of head.activations)
        if (activation.fence === undefined && activation.dueAt === undefined && !activation.failed) {
          const guess = { ...activation, fence: head.fence + 1, attempt: activation.attempt + 1 };
          tasks.begin(guess, head, (task, outcome) => this.#ended.push({ task, outcome }));
        }
    const reach = { session: this.#id, stored: this.#stored.head, previewed: this.#record.head };`,
  },
  'ahead-not-seen': {
    breaks: 'Chunks that run ahead of the store see the state of the store.',
    file: 'lib/runtime/worker/attempts.ts',
    find: '    head: async () => uncommitted() ?? (await stored())?.head ?? record.head,',
    replace: '    head: async () => (await stored())?.head ?? record.head,',
  },
  'deadline-refunds-all': {
    breaks: 'Started attempts are refunded at the deadline.',
    file: 'lib/runtime/worker/session.ts',
    find: '    const started = this.#tasks.started();',
    replace: '    const started = this.#tasks.started().slice(0, 0);',
  },
  'defaults-of-flow-win': {
    breaks: 'Retry defaults of the flow override those of the execution.',
    file: 'lib/engine/limits/retry-policy.ts',
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
    file: 'lib/engine/work/claims/claim.ts',
    find: 'reclaimed || lapsed || isSpent || delivered > 0',
    replace: 'reclaimed || lapsed || (isSpent && delivered > 0) || delivered > 0',
  },
  'hops-not-renewed': {
    breaks: 'Outside signals do not reset the hop budget.',
    file: 'lib/engine/limits/hops.ts',
    find: "  if (RENEWS.has(event.type) && (kind === 'accepted' || kind === 'applied')) delete head.hops;",
    replace: "  if (event.type === 'redrive' && kind === 'applied') delete head.hops;",
  },
  'host-lease-end-unannounced': {
    breaks: 'No wake-up follows the end of a host lease.',
    file: 'lib/runtime/commit/wake-ups.ts',
    find: '  if (hostLease && hostLease.until !== before?.hostLease?.until)',
    replace: '  if (hostLease && hostLease.until !== before?.hostLease?.until && hostLease.until < now)',
  },
  'living-lease-reclaimed': {
    breaks: 'Leases are reclaimed without allowing for clock skew.',
    file: 'lib/runtime/worker/session.ts',
    find: '      reclaimBefore: now - parameters.clockSkew,',
    replace: '      reclaimBefore: now,',
  },
  'message-before-commit': {
    breaks: 'A session sends its wake-ups before the commit that makes work claimable, and none after it.',
    file: 'lib/runtime/worker/session.ts',
    find: "import { messagesAfter, signalMessages } from '../commit/wake-ups.ts';",
    replace: "import { messagesAfter, signalMessages, wakeUp } from '../commit/wake-ups.ts';",
    also: [
      {
        file: 'lib/runtime/worker/session.ts',
        find: `    const reach = { session: this.#id, stored: this.#stored.head, previewed: this.#record.head };`,
        replace: `    await sendQuietly(ports, [wakeUp(this.#record.head.id)]);
    const reach = { session: this.#id, stored: this.#stored.head, previewed: this.#record.head };`,
      },
      {
        file: 'lib/runtime/worker/session.ts',
        find: '    await sendQuietly(ports, messages);',
        replace: '    await sendQuietly(ports, messages.slice(messages.length));',
      },
    ],
  },
  'no-time-to-look': {
    breaks: 'No commit sets the sweep time.',
    file: 'lib/engine/time/timers.ts',
    find: '  if (at === undefined) return stored;',
    replace: '  if (at !== undefined || stored === undefined) return undefined;',
  },
  'release-unannounced': {
    breaks: 'No wake-up follows a released host lease.',
    file: 'lib/runtime/commit/wake-ups.ts',
    find: '(before?.hostLease !== undefined && after.hostLease === undefined);',
    replace: "(before?.hostLease !== undefined && after.hostLease === undefined && after.id === '');",
  },
  'retry-after-ignored': {
    breaks: 'The retryAfter of an error is ignored.',
    file: 'lib/engine/limits/retry-policy.ts',
    find: '  return Math.ceil(Math.min(LONGEST, Math.max(retryAfter || 0, delay)));',
    replace: '  return Math.ceil(Math.min(LONGEST, delay));',
  },
  'retry-factor-ignored': {
    breaks: 'The retry delay has no backoff.',
    file: 'lib/engine/limits/retry-policy.ts',
    find: '  const delay = policy.initialDelay * policy.factor ** (attempt - 1) *',
    replace: '  const delay = policy.initialDelay * 1 *',
  },
  'signals-beyond-32': {
    breaks: 'Only the first messages for many queued signals are sent.',
    file: 'lib/runtime/commit/wake-ups.ts',
    find: '  const inFlight = Math.max(0, Math.min(SIGNAL_MESSAGES, queued) - received);',
    replace: '  const inFlight = Math.max(0, queued - received);',
  },
  'sleeper-not-armed': {
    breaks: 'No timer is set for a sleep.',
    file: 'lib/engine/time/timers.ts',
    find: 'for (const { failed, dueAt } of head.activations) if (!failed) at = earlier(at, dueAt);',
    replace:
      'for (const { failed, sleeps, dueAt } of head.activations) if (!failed && !sleeps) at = earlier(at, dueAt);',
  },
  'sweep-clears-blindly': {
    breaks: 'The sweeper clears the sweep time without reading the inbox.',
    file: 'lib/runtime/worker/sweeper.ts',
    find: '  if (claimable(head, now) > 0 || inbox.length > 0 || head.outbox.length > 0) messages.push(wakeUp(head.id));',
    replace: '  if (claimable(head, now) > 0 || head.outbox.length > 0) messages.push(wakeUp(head.id));',
    also: [
      {
        file: 'lib/runtime/worker/sweeper.ts',
        find: '  const request = { head, text, rev, folded: 0, exclusive: true, ...defined({ wakeAt }) };',
        replace: '  const request = { head, text, rev, folded: 0, exclusive: false, ...defined({ wakeAt }) };',
      },
    ],
  },
  'sweep-skips-outbox': {
    breaks: 'The sweeper ignores the outbox.',
    file: 'lib/runtime/worker/sweeper.ts',
    find: '  if (claimable(head, now) > 0 || inbox.length > 0 || head.outbox.length > 0) messages.push(wakeUp(head.id));',
    replace: '  if (claimable(head, now) > 0 || inbox.length > 0) messages.push(wakeUp(head.id));',
  },
  'time-to-look-never-earlier': {
    breaks: 'The sweep time moves once it has passed, but never to an earlier time.',
    file: 'lib/engine/time/timers.ts',
    find: '  return stored === undefined || stored > latest || stored <= now ? floorOf(at) : stored;',
    replace: '  return stored === undefined || stored <= now ? floorOf(at) : stored;',
  },
  'timeout-of-defaults-ignored': {
    breaks: 'Default timeouts are ignored.',
    file: 'lib/runtime/worker/attempts.ts',
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
    breaks: 'Timers do not reset the hop budget.',
    file: 'lib/engine/limits/hops.ts',
    find: `  if (next.some(({ dueAt }) => dueAt !== undefined)) delete head.hops;
`,
    replace: '',
  },
  'too-large-blames-first': {
    breaks: 'When settles are too large together, the first one fails.',
    file: 'lib/runtime/worker/session.ts',
    find: '      if (only && batch.length === 1) return this.#settleAlone(only);',
    replace: '      if (only) return this.#fail(only, error);',
  },
  'too-large-tried-again': {
    breaks: 'A settle that is too large is retried.',
    file: 'lib/runtime/worker/session.ts',
    find: "    const outcome: Outcome = { kind: 'failed', error: { name, message, code }, fatal: true, entropy: 0 };",
    replace:
      "    const outcome: Outcome = { kind: 'failed', error: { name, message, code }, fatal: false, entropy: 0 };",
  },
  'too-large-for-ever': {
    breaks: 'Due work without room in the head is retried without end.',
    file: 'lib/runtime/worker/session.ts',
    find: 'return this.#isFull && !isLive(head, this.#now) ?',
    replace: "return this.#isFull && head.id === '' ?",
  },
  'refused-emit-tried-again': {
    breaks: 'An awaited emit without room in the head is retried.',
    file: 'lib/runtime/chunk/failed.ts',
    find: "  'head_too_large',",
    replace: '',
  },
  'wait-for-emit-refused': {
    breaks: 'Without room in the head, an attempt that waits for its emit is not stored.',
    file: 'lib/runtime/worker/session.ts',
    find: '      return reentries.length > 0 ?',
    replace: '      return reentries.length < 0 ?',
  },
  'taken-inbox-not-told': {
    breaks: 'A transition that folds part of the inbox and then loses its commit sends no wake-ups.',
    file: 'lib/runtime/commit/commit.ts',
    find: '    if (!this.#taken) return;',
    replace: '    if (!this.#taken || this.#begun) return;',
  },
  'values-of-refused-kept': {
    breaks: 'A change that lost a race and is then refused leaves the values that it stored.',
    file: 'lib/runtime/commit/commit.ts',
    find: `    } catch (error) {
      await tries.giveUp();`,
    replace: '    } catch (error) {',
  },
};

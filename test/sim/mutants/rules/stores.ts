import type { Mutants } from '../mutant.ts';

export const stores: Mutants = {
  'close-ignores-inbox': {
    breaks: 'A closing commit ignores concurrent appends.',
    file: 'lib/runtime/commit/write.ts',
    find: "(rests || head.lifecycle === 'closed' || turns);",
    replace: 'rests;',
  },
  'decided-not-walked': {
    breaks: 'Values in answers to approvals are missing from the references of the head.',
    file: 'lib/engine/values/value-refs.ts',
    find: `      mapRow(activation.resume.decided ?? {});
`,
    replace: '',
  },
  'dropped-in-use': {
    breaks: 'Values read by an activation are dropped although the state may refer to them.',
    file: 'lib/engine/values/pack.ts',
    find: '  const kept = refsOf(head);',
    replace: '  const kept = refsOf({ ...head, state: {} });',
  },
  'drops-forgotten': {
    breaks: 'Unreferenced values are not listed for dropping.',
    file: 'lib/engine/values/pack.ts',
    find: '  if (dropped.length > 0) {',
    replace: '  if (dropped.length > 1) {',
  },
  'inbox-not-folded': {
    breaks: 'A commit deletes the inbox without applying it.',
    file: 'lib/runtime/commit/reduce-fully.ts',
    find: '    const reduction = reduce(flow.graph, head, [...entries, ...events], now, all);',
    replace:
      '    const reduction = reduce(flow.graph, head, [...entries.slice(0, 1), ...entries.slice(0, -1), ...events], now, all);',
  },
  'inbox-not-removed': {
    breaks: 'Folded signals stay in the inbox.',
    file: 'lib/adapters/memory/executions.ts',
    find: '      const inbox = seen.inbox.slice(folded);',
    replace: '      const inbox = seen.inbox.slice(folded - folded);',
  },
  'inbox-not-watched': {
    breaks: 'The sweeper never finds an answer or a signal that its caller posted and did not commit.',
    file: 'lib/runtime/client/through-inbox.ts',
    find: 'posted, at + POST_SWEPT_AFTER);',
    replace: 'posted, at + 1e6 * POST_SWEPT_AFTER);',
  },
  'incarnation-not-in-condition': {
    breaks: 'Commit and retry ignore the incarnation.',
    file: 'lib/adapters/memory/executions.ts',
    find: "      if (seen?.rev !== rev || seen.inc !== head.inc) return 'conflict';",
    replace: "      if (seen?.rev !== rev) return 'conflict';",
    also: [
      {
        file: 'lib/runtime/commit/commit.ts',
        find: "    if (base?.head.inc !== first.head.inc) return { kind: 'done', value: { kind: 'missing' } };",
        replace: "    if (!base) return { kind: 'done', value: { kind: 'missing' } };",
      },
    ],
  },
  'incarnation-not-in-keys': {
    breaks: 'Ledger rows and values are keyed by execution id without the incarnation.',
    file: 'lib/adapters/encoding.ts',
    find: "  return `${checkId(executionId, 'execution id')}#${checkId(inc, 'incarnation')}`;",
    replace: "  return `${checkId(executionId, 'execution id')}#${checkId(inc, 'incarnation').slice(0, 0)}`;",
  },
  'ledger-put-after-drop': {
    breaks: 'Ledger entries are stored after the commit that drops them.',
    file: 'lib/runtime/commit/fit.ts',
    find: '      const text = await putFirst(ports, limit, packed, { written, how: folding });',
    replace: '      const text = await putFirst(ports, limit, { ...packed, spilled: [] }, { written, how: folding });',
    also: [
      {
        file: 'lib/runtime/commit/commit.ts',
        find: `    if (written.kind !== 'done') return written;
`,
        replace: `    if (written.kind !== 'done') return written;
    const { spilled } = made.packed;
    const { id: executionId, inc } = base.head;
    if (spilled.length > 0) await this.#ports.ledger.put({ executionId, inc }, spilled);
`,
      },
    ],
  },
  'lost-values-stay': {
    breaks: 'Values of tries that lost are never dropped.',
    file: 'lib/runtime/commit/write.ts',
    find: '  if (unused.length === 0) return;',
    replace: '  if (unused.length >= 0) return;',
  },
  'new-ledger-entries-spilled': {
    breaks: 'Ledger entries are spilled by the commit that adds them.',
    file: 'lib/engine/values/pack.ts',
    find: '  const spilled = head.ledger.splice(0, Math.min(committed, head.ledger.length - Math.floor(kept / 2)));',
    replace:
      '  const spilled = head.ledger.splice(0, Math.max(committed * 0, head.ledger.length - Math.floor(kept / 2)));',
  },
  'old-ledger-facts': {
    breaks: 'A retry trusts spilled entries that were read for the lost commit.',
    file: 'lib/runtime/commit/commit.ts',
    find: `    this.#isUncertain ||= this.#begun !== undefined;
    this.#known.lookups.ledger.clear();
`,
    replace: `    this.#isUncertain ||= this.#begun !== undefined;
`,
  },
  'outbox-cleared-unseen': {
    breaks: 'The outbox is cleared although its work failed.',
    file: 'lib/runtime/worker/outbox.ts',
    find: '        if (this.#done.has(row.id) || (await this.#doRow(record, row, until))) done.add(row.id);',
    replace: `        done.add(row.id);
        await this.#doRow(record, row, until);`,
  },
  'posts-kept': {
    breaks: 'Posted events that a commit contains are not deleted, so each later commit takes them again.',
    file: 'lib/runtime/commit/write.ts',
    find: '  if (keys.length === 0) return;',
    replace: '  if (keys.length >= 0) return;',
  },
  'posts-removed-first': {
    breaks: 'Posted events are deleted before the commit that contains them.',
    file: 'lib/runtime/commit/write.ts',
    find: '  try {\n    if ((await ports.executions.commit(request))',
    replace:
      '  await removeTaken(ports, head, posted.slice(0, folded - appended));\n  try {\n    if ((await ports.executions.commit(request))',
  },
  'rest-ignores-inbox': {
    breaks: 'A commit that brings the execution to rest ignores concurrent appends.',
    file: 'lib/runtime/commit/write.ts',
    find: "(rests || head.lifecycle === 'closed' || turns);",
    replace: "(head.lifecycle === 'closed' || turns);",
  },
  'rev-condition-dropped': {
    breaks: 'The commit is not conditional on the revision that was read.',
    file: 'lib/adapters/memory/executions.ts',
    find: "      if (seen?.rev !== rev || seen.inc !== head.inc) return 'conflict';",
    replace: "      if (seen?.inc !== head.inc) return 'conflict';",
  },
  'shared-id-forgotten-early': {
    breaks: 'The id of a shared write is deleted by the commit that records its notification.',
    file: 'lib/runtime/worker/outbox.ts',
    find: '        if (!made) return false;',
    replace: `        if (!made) return false;
        await shared.forget(row.flow, [row.id]);`,
  },
  'slots-not-walked': {
    breaks: 'Values in half-filled joins are missing from the references of the head.',
    file: 'lib/engine/values/value-refs.ts',
    find: `  for (const join of head.joins) mapRow(join.slots);
`,
    replace: '',
  },
  'spilled-ledger-forgotten': {
    breaks: 'Ledger entries that leave the head are not stored.',
    file: 'lib/engine/values/pack.ts',
    find: `  head.spilled += spilled.length;
  return spilled;`,
    replace: '  return spilled.slice(spilled.length);',
  },
  'start-not-exclusive': {
    breaks: 'A start overwrites an existing execution.',
    file: 'lib/adapters/memory/executions.ts',
    find: `      if (rows.has(head.id)) return 'exists';
`,
    replace: '',
  },
  'stream-item-forgotten': {
    breaks: 'A system item of the stream is cleared although it was not appended.',
    file: 'lib/runtime/worker/outbox.ts',
    find: '        return this.#appended.has(row.id);',
    replace: '        return true;',
  },
  'stream-rows-backwards': {
    breaks: 'System items of one commit are appended newest first.',
    file: 'lib/runtime/worker/outbox.ts',
    find: '    await ports.streams.append({ executionId: head.id, inc: head.inc }, items);',
    replace: '    await ports.streams.append({ executionId: head.id, inc: head.inc }, items.reverse());',
  },
  'ttl-at-value-write': {
    breaks: 'Values get their TTL when they are written.',
    file: 'lib/runtime/commit/head-size.ts',
    find: '  if (fresh.size > 0) await ports.values.put(owner, fresh);',
    replace: `  if (fresh.size > 0) await ports.values.put(owner, fresh);
  if (fresh.size > 0) await ports.values.drop(owner, [...fresh.keys()], ports.clock.now() + 24 * 3_600_000);`,
  },
  'unknown-taken-for-done': {
    breaks: 'A commit with an unknown outcome counts as committed without a read.',
    file: 'lib/runtime/commit/write.ts',
    find: `    return { kind: 'unknown', error };
`,
    replace: '',
  },
  'values-dropped-at-once': {
    breaks: 'Unreferenced values are deleted at once, without the grace period for readers.',
    file: 'lib/runtime/worker/outbox.ts',
    find: '        await ports.values.drop(owner, refs, ports.clock.now() + parameters.dropAfter);',
    replace: '        await ports.values.drop(owner, refs, ports.clock.now());',
  },
  'wait-not-announced': {
    breaks: 'A wait is not announced again when the provider failed.',
    file: 'lib/runtime/worker/outbox.ts',
    find: '        return this.#options.exchange.announce(head, row);',
    replace: `        await this.#options.exchange.announce(head, row).catch(() => true);
        return true;`,
  },
  'wakes-as-if-unapplied': {
    breaks: 'After an unknown outcome the effects are computed against the re-read head, which may contain them.',
    file: 'lib/runtime/commit/commit.ts',
    find: '    const before = this.#isUncertain ? undefined : (this.#begun ?? base.head);',
    replace: '    const before = this.#begun ?? base.head;',
  },
};

import type { Mutants } from '../mutant.ts';

export const signals: Mutants = {
  'capture-before-own-writes': {
    breaks: 'A sub-flow captures shared data without pending writes.',
    file: 'lib/engine/values/shared-data.ts',
    find: "    if (row.kind !== 'flowData' || row.flow !== flow || known.made.includes(row.id)) continue;",
    replace: "    if (true || row.kind !== 'flowData' || row.flow !== flow || known.made.includes(row.id)) continue;",
  },
  'child-unheard': {
    breaks: 'Listeners in a sub-flow do not see writes to its view.',
    file: 'lib/engine/values/shared-data.ts',
    find: '    if (listeners(onFlowData, key).length === 0) continue;',
    replace: '    if (listeners(onFlowData, key).length >= 0) continue;',
  },
  'child-writes-shared': {
    breaks: "A sub-flow's writes to its view change the shared data.",
    file: 'lib/engine/values/shared-data.ts',
    find: "  if (frame?.kind === 'child') return writeView(transition, frame, origin, writes);",
    replace: "  if (frame?.kind === 'child') writeView(transition, frame, origin, writes);",
  },
  'closed-takes-signals': {
    breaks: 'Sealed and closed executions accept signals.',
    file: 'lib/engine/outside/signals.ts',
    find: `  if (transition.head.lifecycle !== 'open') return { kind: 'ignored' };
`,
    replace: '',
  },
  'correlation-ignored': {
    breaks: 'The correlation of a signal is ignored.',
    file: 'lib/engine/outside/signals.ts',
    find: '  if (scope === ROOT) deliverFromOutside(transition, targets, value, id);',
    replace: "  if (scope === ROOT || id !== '') deliverFromOutside(transition, targets, value, id);",
  },
  'late-waits-not-cancelled': {
    breaks: 'A cancelling close waits for waits that begin during its drain.',
    file: 'lib/engine/reduce.ts',
    find: '    endWaits(transition);',
    replace: "    if (event.type === 'close') endWaits(transition);",
  },
  'lost-spill-counts-twice': {
    breaks: 'An entry spilled by a lost commit is counted twice.',
    file: 'lib/engine/outside/ledger.ts',
    find: '  return [...spilled.filter((entry) => !known.has(entryId(entry))), ...inHead];',
    replace: '  return [...spilled, ...inHead].filter(() => known.size >= 0);',
  },
  'outside-signals-mix': {
    breaks: 'Chains of outside signals start in the root scope.',
    file: 'lib/engine/outside/signals.ts',
    find: `  for (const target of targets)
    dispatch(transition, [target], value, { scope: isJoin(transition, target) ? ROOT : own }, own);`,
    replace: '  for (const target of targets) dispatch(transition, [target], value, { scope: ROOT }, own);',
  },
  'posted-signal-dropped': {
    breaks: 'A queue message with a signal is deleted although the signal was not accepted.',
    file: 'lib/adapters/lambda/events/sqs.ts',
    find: "      return answer === 'ignored';",
    replace: '      return true;',
  },
  'posted-signal-without-id': {
    breaks: 'A signal sent by the queue has no id.',
    file: 'lib/adapters/lambda/events/sqs.ts',
    find: '      const options = { requestId: signalId, ...defined({ correlation }) };',
    replace: '      const options = defined({ correlation });',
  },
  'request-id-of-another-wait': {
    breaks: 'Ledger entries are looked up by request id alone.',
    file: 'lib/engine/outside/ledger.ts',
    find: '    entry.kind === kind && entry.id === id;',
    replace: '    entry.kind === kind;',
  },
  'restore-overwrites': {
    breaks: 'Loading a snapshot overwrites existing shared data.',
    file: 'lib/runtime/shared/shared-data.ts',
    find: '        const isHere = (key: string): boolean => Object.hasOwn(record.data, key);',
    replace: '        const isHere = (_: string): boolean => false;',
  },
  'sealed-deaf-to-itself': {
    breaks: 'A sealed execution does not react to its own writes of shared data.',
    file: 'lib/engine/outside/shared-writes.ts',
    find: "  if (!(head.lifecycle === 'open' || isOwn) || !hears(graph, event.key)) return { kind: 'ignored' };",
    replace: "  if (head.lifecycle !== 'open' || !hears(graph, event.key)) return { kind: 'ignored' };",
  },
  'shared-signal-unannounced': {
    breaks: 'An execution notified of a shared write by the inbox gets only a wake-up.',
    file: 'lib/runtime/shared/shared-data.ts',
    find: "    if (answer === 'appended') await sendQuietly(ports, [wakeUp(head.id), signalMessage(head.id)]);",
    replace:
      "    if (answer === 'appended') await sendQuietly(ports, [wakeUp(head.id), signalMessage(head.id)].slice(0, 1));",
  },
  'shared-write-heard-twice': {
    breaks: 'A repeated notification of a shared write starts listeners twice.',
    file: 'lib/engine/outside/shared-writes.ts',
    find: `  if (first) return { kind: 'duplicate', entry: first };
`,
    replace: '',
  },
  'shared-write-made-twice': {
    breaks: 'A repeated write of shared data is applied twice.',
    file: 'lib/runtime/shared/shared-data.ts',
    find: '    if (operations.includes(id)) {',
    replace: "    if (operations.includes(id) && id === '') {",
  },
  'spilled-ledger-not-read': {
    breaks: 'Lookups ignore ledger entries outside the head.',
    file: 'lib/engine/outside/ledger.ts',
    find: '  if (transition.head.spilled === 0) return inHead;',
    replace: '  if (transition.head.spilled >= 0) return inHead;',
  },
  'start-too-early': {
    breaks: 'A start with `startAt` begins a minute early.',
    file: 'lib/engine/reduce.ts',
    find: '  for (const activation of head.activations) if (activation.fence === undefined) activation.dueAt ??= startAt;',
    replace:
      '  for (const activation of head.activations) if (activation.fence === undefined) activation.dueAt ??= startAt - 60_000;',
  },
  'posted-signal-acknowledged-early': {
    breaks: 'A signal is reported as accepted when it is posted, before a commit.',
    file: 'lib/runtime/client/answers.ts',
    find: "    if (own !== 'taken' && !(own === 'absent' && isRefused)) return undefined;",
    replace: `    if (own === 'queued') return { kind: 'accepted', entry: { kind: 'signal', id: event.id, valueHash: '', at: 0 } };
    if (own !== 'taken' && !(own === 'absent' && isRefused)) return undefined;`,
  },
  'held-signal-lost': {
    breaks: 'A signal of the inbox is dropped when the head has no room.',
    file: 'lib/engine/outside/signals.ts',
    find: '  else if (listeners(transition.graph.on, name).length > 0) transition.head.signals.push(row);',
    replace: '',
  },
};

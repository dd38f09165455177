import type { Mutants } from '../mutant.ts';

export const waits: Mutants = {
  'actor-not-required': {
    breaks: 'A wait for verified actors accepts any caller.',
    file: 'lib/engine/outside/interrupts.ts',
    find: "  return wait.requireActor && !verified ? { kind: 'actorRequired' } : undefined;",
    replace: "  return wait.requireActor && verified === null ? { kind: 'actorRequired' } : undefined;",
  },
  'actor-not-required-in-inbox': {
    breaks: 'A commit accepts answers of the inbox from unverified actors.',
    file: 'lib/engine/outside/interrupts.ts',
    find: '  const refusal = refusalOf(pending, event);',
    replace: '  const refusal = event.at === undefined ? refusalOf(pending, event) : undefined;',
  },
  'answer-dropped-at-close': {
    breaks: 'A close drops the answers in the inbox.',
    file: 'lib/runtime/commit/reduce-fully.ts',
    find: 'map((entry) => (isHeld ? { ...entry, isHeld } : entry));',
    replace: `map((entry): FlowEvent => {
    const isClose = events.some(({ type }) => type === 'close' || type === 'cancel');
    return isClose && entry.type === 'resume' ? { type: 'tick' } : isHeld ? { ...entry, isHeld } : entry;
  });`,
  },
  'answer-refused-too-soon': {
    breaks: 'An answer is refused when it has no room beside other work of its commit.',
    file: 'lib/runtime/commit/fit.ts',
    find: "  if (isHeld && !isRefused && oldest?.type === 'resume') return { ...share, isRefused: true };",
    replace:
      "  if (folded > 0 && !isRefused && oldest?.type === 'resume') return { ...share, folded: 1, portion: 0, isWhole: false, isHeld: true, isRefused: true };",
  },
  'answers-not-streamed': {
    breaks: 'The stream does not report the end of a wait.',
    file: 'lib/engine/outside/interrupts.ts',
    find: `  if (entry.outcome === 'accepted' || entry.outcome === 'expired') noteInterrupt(head, 'resume', interrupt);
`,
    replace: '',
  },
  'approval-asked-once': {
    breaks: 'A repeated question gets the answer to the first one.',
    file: 'lib/runtime/chunk/approvals.ts',
    find: `    asked.set(question, ordinal + 1);
`,
    replace: '',
  },
  'approval-by-anybody': {
    breaks: 'An approval loses its requirement of a verified actor.',
    file: 'lib/runtime/chunk/approvals.ts',
    find: '        ...defined({ channel, requireActor }),',
    replace: '        ...defined({ channel }),',
  },
  'approval-expiry-approves': {
    breaks: 'An approval without an answer is approved at expiry.',
    file: 'lib/runtime/chunk/approvals.ts',
    find: "    const denied = { value: { approved: false, reason: 'expired' } };",
    replace: "    const denied = { value: { approved: true, reason: 'expired' } };",
  },
  'approval-forgets-earlier': {
    breaks: 'An answer to an approval overwrites earlier answers.',
    file: 'lib/engine/outside/interrupts.ts',
    find: '  const known = approval === undefined ? decided : { ...decided, [approval]: value };',
    replace: '  const known = approval === undefined ? decided : { [approval]: value };',
  },
  'approvals-count-as-resumes': {
    breaks: 'Answers to approvals count for the limit of resumes.',
    file: 'lib/engine/work/pauses.ts',
    find: '  const own = count - Object.keys(decided).length;',
    replace: '  const own = count - 0 * Object.keys(decided).length;',
  },
  'auto-ignores-target': {
    breaks: 'In auto mode any chunk consumes a targeted intervention.',
    file: 'lib/engine/outside/interventions.ts',
    find: 'insert(transition, chunk, (of) => of === undefined || of === chunk);',
    replace: 'insert(transition, chunk, () => true);',
  },
  'callback-unconditional': {
    breaks: 'An answer does not end its wait, so a second one is accepted.',
    file: 'lib/engine/outside/interrupts.ts',
    find: 'function accept(transition: Transition, interrupt: Interrupt, event: ResumeEvent): Answer {',
    replace: `function accept(transition: Transition, interrupt: Interrupt, event: ResumeEvent): Answer {
  transition.head.interrupts.push(interrupt);`,
  },
  'cancelled-sub-flow-ends': {
    breaks: 'A sub-flow whose waits were cancelled by a close ends with a result.',
    file: 'lib/engine/outside/interrupts.ts',
    find: "      if (frame?.kind === 'child') frame.over = true;",
    replace: "      if (frame?.kind !== 'child') break;",
  },
  'answer-ends-siblings': {
    breaks: 'The event of an answer or expiry ends other waits for that event.',
    file: 'lib/engine/outside/interrupts.ts',
    find: 'function emitFrom(transition: Transition, interrupt: Interrupt, name: string, value: Value): void {',
    replace: `function emitFrom(transition: Transition, interrupt: Interrupt, name: string, value: Value): void {
  resolveWaiting(transition, name, { home: interrupt.home, scope: '' } as Origin, value);`,
  },
  'correlation-left-out-of-copies': {
    breaks: 'Signals to a copy do not find the waits of their correlation.',
    file: 'lib/runtime/snapshot/save-load.ts',
    find: '      ...(id === saved.id ? {} : { correlatedBy: saved.correlatedBy ?? saved.id }),\n',
    replace: '',
  },
  'correlation-of-waits-ignored': {
    breaks: 'A correlated signal ends waits of all correlations.',
    file: 'lib/engine/outside/signals.ts',
    find: '  resolveWaiting(transition, name, { scope }, literal(value));',
    replace: '  resolveWaiting(transition, name, { scope: ROOT }, literal(value));',
  },
  'ended-scopes-count-as-root': {
    breaks: 'The scope of an ended operator loses its parent and counts as the root.',
    file: 'lib/engine/frames/scopes.ts',
    find: '  head.around[scope] = frame.parent.scope;\n',
    replace: '',
  },
  'ended-scopes-skip-those-around': {
    breaks: 'The scope of an ended operator keeps only the root as its parent.',
    file: 'lib/engine/frames/scopes.ts',
    find: '  head.around[scope] = frame.parent.scope;',
    replace: '  head.around[scope] = ROOT;',
  },
  'event-answers-unchecked': {
    breaks: 'An answer that becomes a signal is not validated by the contract of that signal.',
    file: 'lib/runtime/view/reader.ts',
    find: '  return answerSchema(resume, event === undefined ? undefined : signals[event]);',
    replace: '  return answerSchema(resume, event === undefined ? undefined : undefined);',
  },
  'event-crosses-sub-flows': {
    breaks: 'An emit ends waits for its name in other sub-flows too.',
    file: 'lib/engine/outside/interrupts.ts',
    find: '      home === at.home &&',
    replace: '      (home === at.home || at.home === undefined) &&',
  },
  'event-resolves-one': {
    breaks: 'An emit ends only the first of the waits for it.',
    file: 'lib/engine/outside/interrupts.ts',
    find: "  endBySignal(transition, waiting, name, 'v' in value ? digest(value.v) : '');",
    replace: "  endBySignal(transition, waiting.slice(0, 1), name, 'v' in value ? digest(value.v) : '');",
  },
  'event-heard-beside': {
    breaks: 'An emit ends the waits for it in all scopes of its frame.',
    file: 'lib/engine/frames/scopes.ts',
    find: '  return a.includes(b[0] ?? ROOT) || b.includes(a[0] ?? ROOT);',
    replace: '  return a.length + b.length > 0;',
  },
  'event-not-heard-inside': {
    breaks: 'An emit ends no waits in scopes inside its own.',
    file: 'lib/engine/frames/scopes.ts',
    find: '  return a.includes(b[0] ?? ROOT) || b.includes(a[0] ?? ROOT);',
    replace: '  return b.includes(a[0] ?? ROOT);',
  },
  'expiry-events-unchecked': {
    breaks: 'A pause is accepted although its expiry value violates the contract of its event.',
    file: 'lib/runtime/chunk/pauses.ts',
    find: '    const emits = validate(signal, null, `signal ${event}`);',
    replace: '    const emits = validate(signal && undefined, null, `signal ${event}`);',
  },
  'expired-goes-on': {
    breaks: 'A wait that expires without an expiry value continues with null.',
    file: 'lib/engine/outside/interrupts.ts',
    find: '  if (!onExpiry) failBy(transition, wait);',
    replace: '  if (!onExpiry) routeAnswer(transition, wait, literal(null));',
  },
  'expired-is-conflict': {
    breaks: 'A late answer is a conflict instead of gone.',
    file: 'lib/engine/outside/interrupts.ts',
    find: "  return { kind: last.outcome === 'accepted' ? 'conflict' : 'gone', entry: last };",
    replace: "  return { kind: last.outcome === 'accepted' ? 'conflict' : 'conflict', entry: last };",
  },
  'expiry-over-answer': {
    breaks: 'An expired wait stays pending.',
    file: 'lib/engine/outside/interrupts.ts',
    find: "  const { outcome } = endWait(transition, wait, { outcome: 'expired' });",
    replace: `  transition.head.interrupts.unshift(wait);
  const { outcome } = endWait(transition, wait, { outcome: 'expired' });`,
  },
  'expiry-too-early': {
    breaks: 'Waits expire a minute early.',
    file: 'lib/engine/outside/interrupts.ts',
    find: '  const isDue = (wait: Interrupt): boolean => (wait.expiresAt ?? Infinity) <= now || !isPending(head, wait);',
    replace:
      '  const isDue = (wait: Interrupt): boolean => (wait.expiresAt ?? Infinity) <= now + 60_000 || !isPending(head, wait);',
  },
  'generation-not-counted': {
    breaks: 'A wait with a reused id has no generation.',
    file: 'lib/engine/work/pauses.ts',
    find: `    ...(generation > 0 ? { generation } : {}),
`,
    replace: '',
  },
  'host-lease-of-answer': {
    breaks: 'An answer of a host is accepted after its lease ended.',
    file: 'lib/engine/outside/interrupts.ts',
    find: "  if (isHostLeaseOver(transition.head, event.host, asOf)) return { kind: 'leaseExpired' };",
    replace: "  if (false && isHostLeaseOver(transition.head, event.host, asOf)) return { kind: 'leaseExpired' };",
  },
  'inbox-answer-acknowledged-early': {
    breaks: 'An answer is reported as accepted when it is posted, before a commit.',
    file: 'lib/runtime/client/answers.ts',
    find: "    if (pending && own !== 'absent' && own !== 'taken') return undefined;",
    replace: `    const { interrupt: id, requestId } = event;
    if (pending && own !== 'absent' && own !== 'taken')
      return { kind: 'accepted', entry: { kind: 'resume', id, outcome: 'accepted', at: now, requestId } };`,
  },
  'inbox-answer-judged-late': {
    breaks: 'The deadline of an answer in the inbox is judged by the time of the commit that takes it.',
    file: 'lib/engine/outside/interrupts.ts',
    find: '  const asOf = event.at ?? transition.now;',
    replace: '  const asOf = transition.now;',
  },
  'inbox-answer-under-another-id': {
    breaks: 'An answer is posted without its request id, so a repeat counts as a new answer.',
    file: 'lib/runtime/client/through-inbox.ts',
    find: "    const posted = event.type === 'resume' ? { ...event, at, mark } : event;",
    replace: "    const posted = event.type === 'resume' ? { ...event, at, mark, requestId: mark } : event;",
  },
  'intervention-items-lost': {
    breaks: 'The stream does not report interventions.',
    file: 'lib/engine/outside/system-items.ts',
    find: "  add(head, id, { kind: 'intervention', action, version, status }, payload);",
    replace: "  if (by === '*') add(head, id, { kind: 'intervention', action, version, status }, payload);",
  },
  'intervention-repeated': {
    breaks: 'A repeated intervention is added again.',
    file: 'lib/engine/outside/interventions.ts',
    find: `  if (first) return { kind: first.valueHash === valueHash ? 'duplicate' : 'mismatch', entry: first };
`,
    replace: '',
  },
  'intervention-taken-again': {
    breaks: 'A consumed intervention is consumed again.',
    file: 'lib/engine/outside/interventions.ts',
    find: "    if (row.status !== 'pending' || !takes(row.target)) continue;",
    replace: '    if (!takes(row.target)) continue;',
  },
  'ledger-not-asked-first': {
    breaks: 'A repeated answer is not looked up in the ledger.',
    file: 'lib/engine/outside/interrupts.ts',
    find: "  if (answer.kind === 'duplicate' || answer.kind === 'mismatch') return answer;",
    replace: "  if (answer.kind === 'mismatch') return answer;",
    also: [
      {
        file: 'lib/engine/outside/interrupts.ts',
        find: '  const same = entries.find((entry) => entry.requestId === requestId);',
        replace: '  const same = entries.slice(1).find((entry) => entry.requestId === requestId);',
      },
    ],
  },
  'old-answer-for-new-wait': {
    breaks: 'An answer for an earlier generation ends the pending wait.',
    file: 'lib/engine/outside/interrupts.ts',
    find: '  return generation === undefined || generation === (pending?.generation ?? 0) ? pending : undefined;',
    replace: '  return generation === undefined || pending ? pending : undefined;',
  },
  'one-resume-more': {
    breaks: 'A pause with `self` allows one resume more than its limit.',
    file: 'lib/engine/work/pauses.ts',
    find: "  if (spec.resumeTo === 'self' && spec.maxResumes !== null && own >= spec.maxResumes) {",
    replace: "  if (spec.resumeTo === 'self' && spec.maxResumes !== null && own > spec.maxResumes) {",
  },
  'revoked-link-answers': {
    breaks: 'An answer in flight by a revoked link is accepted.',
    file: 'lib/engine/outside/interrupts.ts',
    find: '  const refusal = refusalOf(pending, event);\n  if (refusal) return refusal;',
    replace: "  const refusal = refusalOf(pending, event);\n  if (refusal?.kind === 'actorRequired') return refusal;",
  },
  'scope-lost-on-resume': {
    breaks: 'A resumed chain continues in the root scope.',
    file: 'lib/engine/outside/interrupts.ts',
    find: '  if (!resumeTo) return completeChunk(transition, interrupt, value, id, answer);',
    replace: "  if (!resumeTo) return completeChunk(transition, { ...interrupt, scope: '' }, value, id, answer);",
  },
  'sealed-takes-interventions': {
    breaks: 'Sealed executions accept interventions.',
    file: 'lib/engine/outside/interventions.ts',
    find: "  if (head.options.interventionMode === undefined || head.lifecycle !== 'open') return { kind: 'ignored' };",
    replace:
      "  if (head.options.interventionMode === undefined || head.lifecycle === 'closed') return { kind: 'ignored' };",
  },
  'self-resume-scope-lost': {
    breaks: 'A chunk resumed with `self` runs in the root scope.',
    file: 'lib/engine/outside/interrupts.ts',
    find: '    ...originOf(interrupt),',
    replace: "    ...{ ...originOf(interrupt), scope: '' },",
  },
  'taken-id-replaces': {
    breaks: 'A second wait with a pending id overwrites the first.',
    file: 'lib/engine/work/pauses.ts',
    find: '  if (pendingWait(head, id) || isRestarting(head, id)) {',
    replace: `  if (pendingWait(head, id) || isRestarting(head, id)) {
    head.interrupts = head.interrupts.filter((interrupt) => interrupt.id !== id);
  } else if (id === '') {`,
  },
  'targets-of-points-ignored': {
    breaks: 'A point consumes interventions for another target.',
    file: 'lib/engine/outside/interventions.ts',
    find: 'insert(transition, name, (of) => of === target);',
    replace: 'insert(transition, name, () => true);',
  },
  'wait-ids-of-items-equal': {
    breaks: 'Explicit wait ids lack the path of their item.',
    file: 'lib/engine/work/pauses.ts',
    find: '  return items === undefined ? spec.id : `${spec.id}-${items}`;',
    replace: "  return items === '' ? id : spec.id;",
  },
  'wait-not-told': {
    breaks: 'A wait is not announced.',
    file: 'lib/engine/work/pauses.ts',
    find: `  announce(head, interrupt, spec.approval ?? 'pause');
`,
    replace: '',
  },
  'portion-loses-rest': {
    breaks: 'Due waits of a later portion are dropped.',
    file: 'lib/engine/outside/interrupts.ts',
    find: '  if (late) head.expiredUntil = now;',
    replace: '  if (late) head.interrupts = head.interrupts.filter((wait) => !isDue(wait));',
  },
  'portions-never-come-again': {
    breaks: 'No wake-up follows the first portion.',
    file: 'lib/engine/outside/waits.ts',
    find: '  return end ? end.at : wait.expiresAt;',
    replace: '  return end ? undefined : wait.expiresAt;',
  },
  'left-over-waits-answered': {
    breaks: 'Due waits of a later portion still accept answers.',
    file: 'lib/engine/outside/interrupts.ts',
    find: '  if (late) head.expiredUntil = now;',
    replace: '',
  },
  'emit-row-ends-later-waits': {
    breaks: 'An emit that ends many waits also ends those that begin before the last of them has left the head.',
    file: 'lib/engine/work/pauses.ts',
    find: '  head.interrupts.push(interrupt);',
    replace: `  const row = head.endings?.at(-1);
  head.interrupts.push(row ? { ...interrupt, endedBy: row.id } : interrupt);`,
  },
  'emit-row-forgotten': {
    breaks: 'An emit ends no more waits than one commit has room for.',
    file: 'lib/engine/outside/interrupts.ts',
    find: '  for (const each of waits) each.endedBy = id;',
    replace: '',
  },
  'redriven-waits-untold': {
    breaks: 'Redriven waits after the first portion are not announced.',
    file: 'lib/engine/work/pauses.ts',
    find: '  for (const wait of portion) announceAgain(head, wait);',
    replace: '  for (const wait of portion) delete wait.untold;',
  },
};

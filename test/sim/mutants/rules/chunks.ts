import type { Mutants } from '../mutant.ts';

export const chunks: Mutants = {
  'ahead-stands-always': {
    breaks: 'Steps that ran ahead of the store are committed although another writer has committed since.',
    file: 'lib/engine/work/durability.ts',
    find: '  if (uncommitted.length === 0 || seen(head, scopes) === seen(stored, scopes) || isHeldIn(head, previewed)) {',
    replace: '  if (uncommitted.length === 0 || true || isHeldIn(head, previewed)) {',
  },
  'attempt-not-in-token': {
    breaks: 'A settle is accepted with any attempt number, so a repeated settle is applied twice.',
    file: 'lib/engine/work/settle.ts',
    find: "  if (!isHeldBy(activation, event)) return { kind: 'refused' };",
    replace: "  if (activation.fence !== event.fence) return { kind: 'refused' };",
  },
  'awaited-emit-ends-no-wait': {
    breaks: 'An awaited emit ends no wait for its event.',
    file: 'lib/engine/work/cascades.ts',
    find: `    resolveWaiting(transition, emits.signal, activation, literal(emits.value));
`,
    replace: '',
  },
  'caught-failure-fails': {
    breaks: 'A caught failure of an awaited emit stays with its activation.',
    file: 'lib/engine/work/cascades.ts',
    find: '      else giveUp(transition, failed);',
    replace: '      else delete failed.cascade;',
  },
  'caught-unlisted': {
    breaks: 'A caught failure of an awaited emit is missing from the tolerated failures.',
    file: 'lib/engine/work/settle.ts',
    find: "    if (owner === id && failure) tolerate(transition, failure, 'caught');",
    replace: "    if (owner === failure?.chunk) tolerate(transition, failure, 'caught');",
  },
  'child-state-outside': {
    breaks: 'Chunks of a sub-flow read and write the state of the execution.',
    file: 'lib/engine/values/state-writes.ts',
    find: "  return frame?.kind === 'child' ? frame.state : head.state;",
    replace: "  return frame?.kind === 'child' && head.format !== 1 ? frame.state : head.state;",
  },
  'does-less-unseen': {
    breaks: 'A repeated attempt may make fewer operations than were accepted before.',
    file: 'lib/runtime/chunk/repeats.ts',
    find: `    if (this.#ahead.size > 0) throw differs(this.#chunk);
`,
    replace: '',
  },
  'difference-caught': {
    breaks: 'A chunk that catches the nondeterminism error is retried.',
    file: 'lib/runtime/chunk/attempt.ts',
    find: '    const cause = operations.difference ?? error;',
    replace: '    const cause = error;',
  },
  'emit-accepted-twice': {
    breaks: 'An awaited emit whose commit is repeated is accepted again.',
    file: 'lib/engine/work/cascades.ts',
    find: `  if (accepted >= event.ordinal) return { kind: 'already' };
`,
    replace: '',
  },
  'emit-not-awaited': {
    breaks: 'An awaited emit does not wait for its cascade.',
    file: 'lib/engine/work/cascades.ts',
    find: '  return !head.activations.some((activation) => activation.cascade === cascade && !activation.failed);',
    replace: "  return head.activations.length >= 0 || cascade === '';",
    also: [
      {
        file: 'lib/engine/work/cascades.ts',
        find: '  return new Set(head.activations.flatMap(({ cascade, failed }) => (cascade === undefined || failed ? [] : [cascade])));',
        replace: "  return new Set(head.id === '' ? [''] : []);",
      },
    ],
  },
  'emit-prefix-repeated': {
    breaks: 'A repeated attempt repeats operations that were accepted with its awaited emits.',
    file: 'lib/runtime/chunk/repeats.ts',
    find: `    if (this.#ahead.has(NO_KEY)) return false;
`,
    replace: '',
    also: [
      {
        file: 'lib/runtime/chunk/effects.ts',
        find: '      const effects = this.take();',
        replace: '      const effects = emits ? this.take() : { state: [], signals: [] };',
      },
    ],
  },
  'fence-not-checked': {
    breaks: 'A settle is accepted with any fence, so the previous lease holder can settle.',
    file: 'lib/engine/work/settle.ts',
    find: "  if (!isHeldBy(activation, event)) return { kind: 'refused' };",
    replace: "  if (activation.attempt !== event.attempt) return { kind: 'refused' };",
  },
  'given-back-uncounted': {
    breaks: 'A chunk that continued after an awaited emit and was returned runs again without counting an attempt.',
    file: 'lib/engine/work/cascades.ts',
    find: `  if (last) delete activation.awaiting;
  else activation.awaiting = activation.awaiting.filter((each) => each !== cascade);`,
    replace: '  activation.awaiting = activation.awaiting.filter((each) => each !== cascade);',
  },
  'inner-emit-ends-no-wait': {
    breaks: 'A queued emit of a chunk ends no wait for its event.',
    file: 'lib/engine/work/effects.ts',
    find: `  resolveWaiting(transition, name, origin, literal(value));
`,
    replace: '',
  },
  'key-ignored': {
    breaks: 'The keys of emits and watched writes are ignored.',
    file: 'lib/runtime/chunk/effects.ts',
    find: 'prefix.reach(name, key)',
    replace: 'prefix.reach(name, undefined)',
  },
  'key-changes-with-attempt': {
    breaks: 'The idempotency key differs between attempts.',
    file: 'lib/runtime/chunk/attempt.ts',
    find: '    idempotencyKey: `${owner.executionId}/${activation.id}`,',
    replace: '    idempotencyKey: `${owner.executionId}/${activation.id}/${activation.attempt}`,',
  },
  'keyed-prefix-repeated': {
    breaks: 'A repeated attempt repeats the operations before an accepted emit with a key.',
    file: 'lib/runtime/chunk/effects.ts',
    find: '      const effects = this.take();',
    replace: '      const effects = emits ? this.take() : { state: [], signals: [] };',
  },
  'lease-by-wall-clock': {
    breaks: 'A settle is judged by the clock instead of its token.',
    file: 'lib/engine/work/settle.ts',
    find: "  if (!isHeldBy(activation, event)) return { kind: 'refused' };",
    replace: `  const lease = transition.head.leases.find((each) => each.fence === activation.fence);
  if (!lease || lease.until < transition.now) return { kind: 'refused' };`,
  },
  'new-signals-first': {
    breaks: 'A signal of a chunk overtakes queued signals.',
    file: 'lib/engine/work/effects.ts',
    find: '    transition.head.signals.push({ id, name, ...originOf(origin), value: literal(value) });',
    replace: '    transition.head.signals.unshift({ id, name, ...originOf(origin), value: literal(value) });',
  },
  'nowait-in-cascade': {
    breaks: 'An awaited emit also waits for emitNowait signals of its cascade.',
    file: 'lib/engine/work/effects.ts',
    find: '  const { cascade: _, ...origin } = originOf(activation);',
    replace: '  const origin = originOf(activation);',
  },
  'other-repeat-unseen': {
    breaks: 'A repeated attempt may make different operations before an awaited emit.',
    file: 'lib/runtime/chunk/repeats.ts',
    find: `    if (accepted ? accepted.name !== point.name : this.#ahead.has(NO_KEY)) throw differs(this.#chunk, name);
`,
    replace: '',
  },
  'own-writes-unseen': {
    breaks: 'A chunk does not read its own writes.',
    file: 'lib/runtime/chunk/state.ts',
    find: '    const own = operations.writes.filter(',
    replace: '    const own = operations.writes.slice(0, 0).filter(',
  },
  'prefix-of-all-operations': {
    breaks: 'A repeated attempt must also repeat the operations that were not accepted.',
    file: 'lib/runtime/chunk/repeats.ts',
    find: '  return points ? new AcceptedPoints',
    replace: '  return points && n === 0 ? new AcceptedPoints',
  },
  'permit-not-retaken': {
    breaks: 'A chunk continues after an awaited emit without a permit.',
    file: 'lib/runtime/worker/emits.ts',
    find: '    const limited = awaited && permits.limits(row);',
    replace: '    const limited = awaited && head.options.concurrency === 0;',
  },
  'permit-retaken-blindly': {
    breaks: 'A chunk takes its permit back although none is free.',
    file: 'lib/engine/work/cascades.ts',
    find: `  if (!isQuiet(transition.head, cascade) || (last && !permitsOf(transition.head).has(activation)))
    return { kind: 'refused' };`,
    replace: "  if (!isQuiet(transition.head, cascade)) return { kind: 'refused' };",
  },
  'shared-ids-restart': {
    breaks: 'Writes of shared data after an awaited emit reuse the ids of those before it.',
    file: 'lib/engine/work/effects.ts',
    find: "    id: hashId(activation.id, 'flowData', first + ordinal),",
    replace: "    id: hashId(activation.id, 'flowData', ordinal),",
  },
  'signal-ids-restart': {
    breaks: 'Signals after an awaited emit reuse the ids of those before it.',
    file: 'lib/engine/work/effects.ts',
    find: "    queueSignal(transition, hashId(activation.id, 'signal', first + ordinal), signal.name, signal.value, origin);",
    replace:
      "    queueSignal(transition, hashId(activation.id, 'signal', ordinal), signal.name, signal.value, origin);",
  },
  'sleeper-wakes-twice': {
    breaks: 'A sleep is not removed when its chunk continues.',
    file: 'lib/engine/work/settle.ts',
    find: `  head.activations = head.activations.filter((each) => !due.has(each));
`,
    replace: '',
  },
  'sleeper-woken-early': {
    breaks: 'Sleeps end a minute early.',
    file: 'lib/engine/work/settle.ts',
    find: '  return sleeps === true && dueAt <= now;',
    replace: '  return sleeps === true && dueAt <= now + 60_000;',
  },
  'sleepers-wake-in-failure': {
    breaks: 'Sleeps end although the execution has failed.',
    file: 'lib/engine/work/settle.ts',
    find: '  if (head.failure) return false;',
    replace: '',
  },
  'state-of-failed-attempt': {
    breaks: 'An attempt starts with the state writes of the failed attempt before it.',
    file: 'lib/runtime/chunk/attempt.ts',
    find: `
async function createAttempt(environment: AttemptEnvironment, code: ChunkCode, activation: Activation) {`,
    replace: `
const failedWrites = new WeakMap<Resources, Map<string, readonly StateOperation[]>>();

async function createAttempt(environment: AttemptEnvironment, code: ChunkCode, activation: Activation) {`,
    also: [
      {
        file: 'lib/runtime/chunk/attempt.ts',
        find: '  const state = createChunkState(environment, operations);',
        replace: `  const state = createChunkState(environment, operations);
  const kept = failedWrites.get(environment.resources) ?? new Map<string, readonly StateOperation[]>();
  failedWrites.set(environment.resources, kept);
  operations.writes.unshift(...(kept.get(activation.id) ?? []));
  kept.set(activation.id, operations.writes);`,
      },
    ],
  },
  'state-of-refused-settle': {
    breaks: 'State writes before an invalid one are kept.',
    file: 'lib/engine/work/effects.ts',
    find: '    if (!FlowError.is(error)) throw error;',
    replace: `    if (!FlowError.is(error)) throw error;
    Object.assign(state, next);`,
  },
  'stop-not-awaited': {
    breaks: 'stopStream does not wait for the store.',
    file: 'lib/runtime/chunk/attempt.ts',
    find: '        () => ports.streams.end(owner),',
    replace: '        async () => void ports.streams.end(owner),',
  },
};

import type { Mutants } from './mutant.ts';

export const chunks: Mutants = {
  'ahead-stands-always': {
    breaks: 'Steps that ran ahead stand whatever others have stored meanwhile.',
    file: 'lib/engine/work/durability.ts',
    find: '  if (uncommitted.length === 0 || seen(head, scopes) === seen(stored, scopes) || isHeldIn(head, foreseen)) {',
    replace: '  if (uncommitted.length === 0 || true || isHeldIn(head, foreseen)) {',
  },
  'attempt-not-in-token': {
    breaks: 'A settle is accepted whatever its attempt: one that was applied counts again.',
    file: 'lib/engine/work/settle.ts',
    find: "  if (activation.fence !== event.fence || activation.attempt !== event.attempt) return { kind: 'refused' };",
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
    breaks: 'A failure of an awaited emit that was caught is not listed.',
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
    breaks: 'A repeat that does less than what was accepted of the run before is not found out.',
    file: 'lib/runtime/chunk/repeats.ts',
    find: `    if (this.#ahead.size > 0) throw differs(this.#chunk);
`,
    replace: '',
  },
  'difference-caught': {
    breaks: 'A chunk that catches why its repeat differs is tried again.',
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
    breaks: 'An awaited emit does not wait for what it sets off.',
    file: 'lib/engine/work/cascades.ts',
    find: '  return !head.activations.some((activation) => activation.cascade === cascade && !activation.failed);',
    replace: "  return head.activations.length >= 0 || cascade === '';",
  },
  'emit-prefix-repeated': {
    breaks: 'A repeat of an attempt does again what was accepted with its awaited emits.',
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
    breaks: 'A settle is accepted whatever its fence: the holder before may still settle.',
    file: 'lib/engine/work/settle.ts',
    find: "  if (activation.fence !== event.fence || activation.attempt !== event.attempt) return { kind: 'refused' };",
    replace: "  if (activation.attempt !== event.attempt) return { kind: 'refused' };",
  },
  'given-back-uncounted': {
    breaks: 'What had gone on behind an awaited emit and is given back goes on without counting an attempt.',
    file: 'lib/engine/work/cascades.ts',
    find: `  if (last) delete activation.awaiting;
  else activation.awaiting = activation.awaiting.filter((each) => each !== cascade);`,
    replace: '  activation.awaiting = activation.awaiting.filter((each) => each !== cascade);',
  },
  'inner-emit-ends-no-wait': {
    breaks: 'An emit of a chunk that goes through the queue ends no wait for it.',
    file: 'lib/engine/work/effects.ts',
    find: `  resolveWaiting(transition, name, path, literal(value));
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
    breaks: 'The idempotency key is another one in each attempt.',
    file: 'lib/runtime/chunk/attempt.ts',
    find: '    idempotencyKey: `${owner.executionId}/${activation.id}`,',
    replace: '    idempotencyKey: `${owner.executionId}/${activation.id}/${activation.attempt}`,',
  },
  'keyed-prefix-repeated': {
    breaks: 'A repeat does again what came before an emit with a key that was accepted.',
    file: 'lib/runtime/chunk/effects.ts',
    find: '      const effects = this.take();',
    replace: '      const effects = emits ? this.take() : { state: [], signals: [] };',
  },
  'lease-by-wall-clock': {
    breaks: 'The right to settle is read from the clock instead of the token.',
    file: 'lib/engine/work/settle.ts',
    find: "  if (activation.fence !== event.fence || activation.attempt !== event.attempt) return { kind: 'refused' };",
    replace: `  const lease = transition.head.leases.find((each) => each.fence === activation.fence);
  if (!lease || lease.until < transition.now) return { kind: 'refused' };`,
  },
  'new-signals-first': {
    breaks: 'A signal that a chunk emits goes before those that are queued.',
    file: 'lib/engine/work/effects.ts',
    find: '    transition.head.signals.push({ id, name, ...originOf(path), value: literal(value) });',
    replace: '    transition.head.signals.unshift({ id, name, ...originOf(path), value: literal(value) });',
  },
  'nowait-in-cascade': {
    breaks: 'An awaited emit waits also for what was emitted in it without waiting.',
    file: 'lib/engine/work/effects.ts',
    find: '  const { cascade: _, ...path } = originOf(activation);',
    replace: '  const path = originOf(activation);',
  },
  'other-repeat-unseen': {
    breaks: 'A repeat that does other things before an awaited emit is not found out.',
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
    breaks: 'A repeat is compared with all that was done before an awaited emit.',
    file: 'lib/runtime/chunk/repeats.ts',
    find: '  return points ? new AcceptedPoints',
    replace: '  return points && n === 0 ? new AcceptedPoints',
  },
  'permit-not-retaken': {
    breaks: 'A chunk goes on behind an awaited emit without a permit.',
    file: 'lib/runtime/worker/emits.ts',
    find: '    const limited = awaited && permits.limits(row);',
    replace: '    const limited = awaited && head.options.concurrency === 0;',
  },
  'permit-retaken-blindly': {
    breaks: 'A chunk takes its permit again although none is left.',
    file: 'lib/engine/work/cascades.ts',
    find: `  if (!isQuiet(transition.head, cascade) || (last && !permitsOf(transition.head).has(activation)))
    return { kind: 'refused' };`,
    replace: "  if (!isQuiet(transition.head, cascade)) return { kind: 'refused' };",
  },
  'shared-ids-restart': {
    breaks: 'Writes of shared data behind an awaited emit have the ids of those before it.',
    file: 'lib/engine/work/effects.ts',
    find: "    id: hashId(activation.id, 'flowData', first + ordinal),",
    replace: "    id: hashId(activation.id, 'flowData', ordinal),",
  },
  'signal-ids-restart': {
    breaks: 'Signals behind an awaited emit have the ids of those before it.',
    file: 'lib/engine/work/effects.ts',
    find: "    queueSignal(transition, hashId(activation.id, 'signal', first + ordinal), signal.name, signal.value, path);",
    replace: "    queueSignal(transition, hashId(activation.id, 'signal', ordinal), signal.name, signal.value, path);",
  },
  'sleeper-wakes-twice': {
    breaks: 'What goes on behind a sleep does not end it.',
    file: 'lib/engine/work/settle.ts',
    find: `  head.activations = head.activations.filter((each) => !due.has(each));
`,
    replace: '',
  },
  'sleeper-woken-early': {
    breaks: 'Sleepers wake a minute early.',
    file: 'lib/engine/work/settle.ts',
    find: '  return sleeps === true && dueAt <= now;',
    replace: '  return sleeps === true && dueAt <= now + 60_000;',
  },
  'sleepers-wake-in-failure': {
    breaks: 'Sleepers go on although the execution has failed.',
    file: 'lib/engine/work/settle.ts',
    find: '  if (head.failure) return false;',
    replace: '',
  },
  'state-of-failed-attempt': {
    breaks: 'An attempt begins with the state writes of the one that failed before.',
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
    breaks: 'State writes before an impossible one are kept.',
    file: 'lib/engine/work/effects.ts',
    find: '    if (!FlowError.is(error)) throw error;',
    replace: `    if (!FlowError.is(error)) throw error;
    Object.assign(state, next);`,
  },
  'stop-not-awaited': {
    breaks: 'A chunk that stops the stream does not wait until it has stopped.',
    file: 'lib/runtime/chunk/attempt.ts',
    find: '        () => ports.streams.end(owner),',
    replace: '        async () => void ports.streams.end(owner),',
  },
};

import type { Mutants } from '../mutant.ts';

/** Questions: an activation keeps its id from the question to its continuation. */
export const questions: Mutants = {
  'answer-under-another-key': {
    breaks: 'The answer to a question runs the chunk as another activation.',
    file: 'lib/engine/outside/interrupts.ts',
    find: "    id: asker ? id : hashId(transition.head.id, id, 'resume', count + 1),",
    replace: "    id: hashId(transition.head.id, id, 'resume', count + 1),",
  },
  'question-announced-once': {
    breaks: 'All questions of an activation share one announcement.',
    file: 'lib/engine/work/pauses.ts',
    find: "  announce(head, interrupt, spec.approval ?? 'pause');",
    replace: "  announce(head, interrupt, 'pause');",
  },
  'question-counted': {
    breaks: 'An attempt that ended in a question counts for the attempt limit.',
    file: 'lib/engine/limits/retry-policy.ts',
    find: '  return attempt - asked;',
    replace: '  return attempt - 0 * asked;',
  },
  'question-ends-cascades': {
    breaks: 'A question discards the accepted awaited emits of its activation.',
    file: 'lib/engine/work/settle.ts',
    find: '  if (!isQuestion) endCascades(transition, activation);',
    replace: '  endCascades(transition, activation);',
  },
  'question-forgets-accepted': {
    breaks: 'The attempt after an answer repeats operations accepted before the question.',
    file: 'lib/engine/outside/interrupts.ts',
    find: `    ...(asker?.ops ? { ops: asker.ops } : {}),
`,
    replace: '',
  },
  'question-forgets-own-answer': {
    breaks: 'After a question a chunk loses the answer to its own pause.',
    file: 'lib/engine/outside/interrupts.ts',
    find: '      ...(asker?.answer ?? {',
    replace: '      ...({',
  },
  'question-keeps-effects': {
    breaks: 'The writes of an attempt before its question are kept.',
    file: 'lib/engine/work/settle.ts',
    find: '  if (!isQuestion && !apply(transition, activation, outcome.effects)) return;',
    replace: '  if (!apply(transition, activation, outcome.effects)) return;',
  },
  'question-of-another-id': {
    breaks: 'All questions of an activation share one wait id.',
    file: 'lib/engine/work/pauses.ts',
    find: `  if (spec.approval !== undefined) return hashId(head.id, id, 'interrupt', spec.approval);
`,
    replace: '',
  },
  'question-restarts-attempts': {
    breaks: 'The attempt after an answer reuses an attempt number.',
    file: 'lib/engine/outside/interrupts.ts',
    find: '    attempt: asker?.attempt ?? 0,',
    replace: '    attempt: asker ? asker.attempt - 1 : 0,',
  },
  'question-streamed-once': {
    breaks: 'The stream reports only one question of an activation.',
    file: 'lib/engine/outside/system-items.ts',
    find: '  const wait = askerOf(interrupt) ? id : activation;',
    replace: '  const wait = activation;',
  },
  'questions-not-walked': {
    breaks: "The answer to a chunk's own pause is missing from the references of the head.",
    file: 'lib/engine/values/value-refs.ts',
    find: `    if (answer) answer.value = change(answer.value);
`,
    replace: '',
  },
};

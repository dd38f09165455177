/** Invariants of questions: an activation that asked continues after the answer, under its id. */
import type { Activation, Head, Interrupt } from '../../../lib/engine/head.ts';
import { endedWithItem, isCancel, type Step } from './activations.ts';
import type { Books } from './books.ts';

/** The question by which an activation left the head in this change. */
export function questionOf(
  { before, after }: Pick<Step, 'before' | 'after'>,
  { id }: Activation,
): Interrupt | undefined {
  const was = new Set(before.interrupts.map((each) => each.id));
  return after.interrupts.find((each) => each.activation === id && !was.has(each.id) && isQuestion(each));
}

export function noteQuestion({ world, books }: Step, { id, attempt }: Activation, { id: interrupt }: Interrupt): void {
  books.asking.set(id, { interrupt, attempt });
  books.questions.set(id, (books.questions.get(id) ?? 0) + 1);
  world.reached('asked');
}

/** The questions of a loaded head. */
export function knownQuestions({ activations, interrupts }: Head): Pick<Books, 'asking' | 'questions'> {
  const asking: Books['asking'] = new Map();
  const questions: Books['questions'] = new Map();
  for (const { id, asked = 0 } of activations) questions.set(id, asked);
  for (const { id: interrupt, activation, resumeTo } of interrupts) {
    const asker = resumeTo && 'self' in resumeTo ? resumeTo.self.asker : undefined;
    if (!asker) continue;
    asking.set(activation, { interrupt, attempt: asker.attempt });
    questions.set(activation, asker.asked);
  }
  return { asking, questions };
}

/** An answer or an expiry restores the activation that asked; only a cancelled question ends it. */
export function checkAnswered(step: Step): void {
  const { world, books, before, after } = step;
  const pending = new Set(after.interrupts.map(({ id }) => id));
  for (const [id, { interrupt, attempt }] of books.asking) {
    const row = after.activations.find((each) => each.id === id);
    if (pending.has(interrupt)) {
      if (row) world.violate('ran unanswered', `${id} of ${after.id}`);
      continue;
    }
    books.asking.delete(id);
    const how = after.ledger.findLast((entry) => entry.kind === 'resume' && entry.id === interrupt);
    const wait = before.interrupts.find((each) => each.id === interrupt);
    const isCancelled = how?.kind === 'resume' && how.outcome === 'cancelled';
    const isOver = isCancel(step) || isCancelled || (wait && endedWithItem(step, wait));
    if (isOver) books.settled.add(id);
    else if (!row) world.violate('another key', `${id} of ${after.id} asked, and another activation has the answer`);
    else if (row.attempt < attempt) world.violate('attempt', `${id} of ${after.id} goes back to ${row.attempt}`);
  }
}

function isQuestion({ resumeTo }: Interrupt): boolean {
  return resumeTo !== undefined && 'self' in resumeTo && resumeTo.self.approval !== undefined;
}

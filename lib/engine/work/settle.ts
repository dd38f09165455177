/** The end of an attempt: everything the activation did becomes true in one step, or nothing does. */
import { listeners } from '../../flow/graph/graph.ts';
import type { Answered } from '../outside/attribution.ts';
import { endCascadesOf } from './cascades.ts';
import { dispatch, goOn, pathOf } from '../dispatch.ts';
import { applyEffects } from './effects.ts';
import type { Answer, Outcome, Pause, SettleEvent } from '../events.ts';
import { failAttempt, tolerate } from './failures.ts';
import { inPlace } from './handlers.ts';
import type { Activation, Path, Value } from '../head.ts';
import { pause, pauseProblem } from './pauses.ts';
import { graphAt, type Turn, takeRoom } from '../transition.ts';
import { inline } from '../values/value-refs.ts';

type Done = Extract<Outcome, { kind: 'done' }>;

/** The token is (activation, fence, attempt): without it nothing changes, whatever the clocks say. */
export function settle(turn: Turn, event: SettleEvent): Answer {
  const activation = turn.head.activations.find((each) => each.id === event.activation);
  if (!activation) return { kind: 'already' };
  if (activation.fence !== event.fence || activation.attempt !== event.attempt) return { kind: 'refused' };
  const { outcome } = event;
  if (outcome.kind === 'failed') {
    failAttempt(turn, activation, outcome);
    return { kind: 'applied' };
  }
  const node = graphAt(turn, activation.home).nodes[activation.node];
  if (node?.kind !== 'chunk' && !turn.facts.decisions.has(activation.id)) {
    turn.needs.decisions.add(activation.id);
    return { kind: 'refused' };
  }
  const problem = outcome.kind === 'paused' ? pauseProblem(turn, activation, outcome.pause) : undefined;
  if (!problem && outcome.kind === 'paused' && outcome.pause.approval !== undefined) {
    ask(turn, activation, outcome.pause);
    return { kind: 'applied' };
  }
  const applied = problem ? { refusal: problem } : applyEffects(turn, activation, outcome.effects, activation.ops?.n);
  if ('refusal' in applied) {
    failAttempt(turn, activation, { kind: 'failed', error: applied.refusal, fatal: true, entropy: 0 });
    return { kind: 'applied' };
  }
  if (outcome.kind === 'paused') pause(turn, activation, outcome.pause);
  for (const { owner, failure } of Object.values(turn.head.cascades)) {
    if (owner === activation.id && failure) tolerate(turn, failure, 'caught');
  }
  endCascadesOf(turn, activation.id);
  if (outcome.kind === 'slept') {
    sleep(activation, outcome.until);
    return { kind: 'applied' };
  }
  remove(turn, activation);
  if (outcome.kind === 'done') complete(turn, activation, outcome);
  return { kind: 'applied' };
}

/**
 * Releases the activation: of the attempt only the question is kept. The attempt that has the answer does the rest, and the
 * cascades of earlier awaited emits stay with the activation.
 */
function ask(turn: Turn, activation: Activation, question: Pause): void {
  pause(turn, activation, question);
  remove(turn, activation);
}

function remove({ head }: Turn, activation: Activation): void {
  head.activations.splice(head.activations.indexOf(activation), 1);
}

function sleep(activation: Activation, until: number): void {
  delete activation.fence;
  delete activation.awaiting;
  delete activation.resume;
  delete activation.answer;
  activation.input = inline(null);
  activation.sleeps = true;
  activation.dueAt = until;
}

/** It has slept long enough. */
export function isAwake({ sleeps, dueAt = 0 }: Activation, now: number): boolean {
  return sleeps === true && dueAt <= now;
}

/** Goes on behind chunks that have slept long enough, as many as there is room for. */
export function wakeSleepers(turn: Turn): boolean {
  const { head, now } = turn;
  if (head.failure) return false;
  const all = head.activations.filter((each) => isAwake(each, now));
  const due = new Set(all.slice(0, takeRoom(turn, all.length)));
  if (due.size === 0) return false;
  head.activations = head.activations.filter((each) => !due.has(each));
  for (const row of due) completeChunk(turn, row, inline(null), row.id);
  return true;
}

function complete(turn: Turn, activation: Activation, outcome: Done): void {
  const { id, node: nodeId, input } = activation;
  const node = graphAt(turn, activation.home).nodes[nodeId];
  if (!node) return;
  if (node.kind === 'chunk') return completeChunk(turn, activation, inline(outcome.output), id);
  goOn(turn, nodeId, node, turn.facts.decisions.get(id) ?? [], input, activation, id, activation.answer);
}

/**
 * What follows the chunk wherever it was used, what listens to its completions, and what waits for the one it stands in for.
 * `answer`: the output is an answer.
 */
export function completeChunk(
  turn: Turn,
  row: Path & Pick<Activation, 'node' | 'instead'>,
  output: Value,
  cause: string,
  answer?: Answered,
): void {
  const graph = graphAt(turn, row.home);
  const node = graph.nodes[row.node];
  if (node?.kind !== 'chunk') return;
  const failed = row.instead === undefined ? undefined : graph.nodes[row.instead];
  const path = pathOf(row);
  dispatch(turn, [...node.out, ...listeners(graph.after, node.chunk)], output, path, cause, answer);
  if (failed?.kind === 'chunk') dispatch(turn, failed.out, output, inPlace(path, row.node), cause, answer);
}

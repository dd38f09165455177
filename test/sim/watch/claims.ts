/** Invariants of claims and retries, with independent counts and times: those of the head are under test. */
import type { Activation } from '../../../lib/engine/head.ts';
import { graphAt } from '../../../lib/engine/transition.ts';
import { tokenOf } from '../../../lib/engine/work/claims/attempt-token.ts';
import type { RetryPolicy } from '../../../lib/flow/options/policies.ts';
import type { Step } from './activations.ts';
import { isHeldUp } from './limits.ts';

const POLICY = { maxAttempts: 3, initialDelay: 1_000, factor: 2 };
const LONGEST = 365 * 86_400_000;

/** The chunk's own policy wins, then that of the execution, then the flow's. */
function policyOf({ graph, after }: Step, { node: id, home }: Activation): Omit<RetryPolicy, 'jitter'> {
  const own = graphAt({ graph, head: after }, home);
  const node = own.nodes[id];
  const policy = node?.kind === 'chunk' ? own.policies[node.chunk]?.retry : undefined;
  return { ...POLICY, ...own.defaults.retry, ...after.options.defaults.retry, ...policy };
}

/** The previous row; for one whose question is answered in the same commit, only the attempt that asked. */
type Was = Pick<Activation, 'attempt'> & Partial<Activation>;

/** A claim counts an attempt, takes the oldest work first, and a suspect alone in its lease. */
export function checkClaim(step: Step, was: Was | undefined, now: Activation): void {
  const { world, books, process, after } = step;
  if (now.fence === undefined || (now.fence === was?.fence && now.attempt === was.attempt)) return;
  books.claimed.add(`${now.id}/${now.attempt}/${process.id}`);
  const token = JSON.stringify(tokenOf(now));
  if (books.tokens.has(token))
    world.violate('token used again', `attempt ${now.attempt} of ${now.node} in ${after.id}`);
  books.tokens.add(token);
  books.claimedAt.set(`${now.id}/${now.attempt}`, world.now);
  if (after.failure) world.violate('claimed after the failure', `${now.node} of ${after.id}`);
  const { hostLease } = step.before;
  if (hostLease && hostLease.until > world.now + process.skew) {
    world.violate('foreign lease', `${now.id} of ${after.id} is claimed although ${hostLease.owner} has it`);
  }
  const before = was?.attempt ?? 0;
  // Work returned during an awaited emit continues without counting an attempt.
  const continues = was?.fence !== undefined || (was?.awaiting?.length ?? 0) > 0;
  const counted = now.attempt === before + 1 || (continues && now.attempt === before);
  if (!counted) world.violate('attempt', `claim of ${now.id} goes from attempt ${before} to ${now.attempt}`);
  const { maxAttempts } = policyOf(step, now);
  if (now.attempt - (books.questions.get(now.id) ?? 0) > maxAttempts)
    world.violate('attempt', `${now.node} of ${after.id} has more than ${maxAttempts}`);
  if (was?.dueAt !== undefined && was.dueAt > world.now + process.skew)
    world.violate('early', `retry of ${now.id} in ${after.id}`);
  if (was?.dueAt !== undefined && was.dueAt === after.options.startAt) world.reached('start held back');
  const awaited = was?.fence === undefined ? (was?.awaiting ?? []) : [];
  const goingOn = after.activations.find(({ cascade, failed }) => !failed && awaited.includes(cascade ?? ''));
  if (goingOn) world.violate('early', `${now.node} of ${after.id} goes on, but waits for ${goingOn.node}`);
  const older = after.activations
    .slice(0, after.activations.indexOf(now))
    .find((row) => isReady(row) && !isHeldUp(after, row));
  if (older && !continues && !now.suspect)
    world.violate('order', `${now.node} of ${after.id} is claimed before ${older.node}`);
  if (!now.suspect) return;
  const lease = after.leases.find((each) => each.fence === now.fence);
  const together = after.activations.filter((each) => each.fence === now.fence).length;
  if (together > 1 || !lease?.solo) world.violate('suspect', `${now.id} does not run alone`);
  world.reached('suspect run alone');
}

/** Claimable by any worker. */
export function isReady({ fence, failed, parked, suspect, awaiting, dueAt }: Activation): boolean {
  return fence === undefined && !failed && !parked && !suspect && !awaiting?.length && dueAt === undefined;
}

/** A failed attempt is not followed by the next one before the delay of its policy. */
export function checkRetry(step: Step, was: Activation, now: Activation | undefined): void {
  const { world, books, process, after } = step;
  if (now?.dueAt === undefined || was.dueAt !== undefined || was.fence === undefined || now.sleeps) return;
  const { initialDelay, factor } = policyOf(step, was);
  const counted = was.attempt - (books.questions.get(was.id) ?? 0);
  const least = Math.min(LONGEST, initialDelay * factor ** (counted - 1));
  const begun = books.claimedAt.get(`${was.id}/${was.attempt}`) ?? -Infinity;
  if (now.dueAt < begun + process.skew + least)
    world.violate('early', `${was.node} of ${after.id} is to be tried again sooner than its policy says`);
}

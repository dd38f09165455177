/** Names the race of a refused write: the attempted change against the committed one. */
import type { Head, ResumeEntry } from '../../../lib/engine/head.ts';
import type { CommitRequest } from '../../../lib/ports/execution-store.ts';
import type { Process, World } from '../world/world.ts';
import type { Books } from './books.ts';

export function nameRaces(world: World, process: Process, books: Books | undefined, request: CommitRequest): void {
  world.reached('lost CAS');
  if (!books) return;
  const { head } = request;
  if (books.head.inc !== head.inc) return world.reached('old incarnation refused');
  if (books.rev === request.rev && request.exclusive && books.inbox.length > request.folded) return;
  if (isStale(process, books, head)) world.reached('stale settle refused');
  for (const wanted of resumesOf(head)) {
    const won = books.ended.get(`resume/${wanted.id}`);
    if (won?.kind === 'resume') nameWinner(world, wanted, won);
  }
}

/** The process settles work that it once held and another process holds now. */
function isStale(process: Process, books: Books, head: Head): boolean {
  const wanted = new Map(head.activations.map((each) => [each.id, each]));
  return books.head.activations.some((now) => {
    const row = wanted.get(now.id);
    const settles = !row || (row.dueAt !== undefined && now.dueAt === undefined) || (row.failed && !now.failed);
    if (!settles) return false;
    const held = [now.attempt, now.attempt - 1, now.attempt + 1].some((n) =>
      books.claimed.has(`${now.id}/${n}/${process.id}`),
    );
    return held && books.holderOf(books.head, now.fence) !== process;
  });
}

function resumesOf(head: Head): readonly ResumeEntry[] {
  return head.ledger.filter((entry) => entry.kind === 'resume');
}

function nameWinner(world: World, wanted: ResumeEntry, won: ResumeEntry): void {
  if (JSON.stringify(wanted) === JSON.stringify(won)) return;
  const pair = `${wanted.outcome} ${won.outcome}`;
  if (pair === 'accepted expired') world.reached('callback lost to expiry');
  if (pair === 'expired accepted') world.reached('expiry lost to callback');
  if (pair === 'accepted cancelled') world.reached('callback lost to close');
  if (pair === 'cancelled accepted') world.reached('close lost to callback');
  if (pair === 'accepted accepted' && wanted.requestId !== won.requestId) world.reached('callback lost to another');
}

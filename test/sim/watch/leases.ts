/** Invariants of worker and host leases between two consecutive heads. */
import type { Head, Lease } from '../../../lib/engine/head.ts';
import { LEASE } from '../world/world.ts';
import type { Step } from './activations.ts';

/** Fences are unique and increase; only for the holder is a lease renewed, for at most the lease time. */
export function checkLeases(step: Step): void {
  const { world, books, process, before, after } = step;
  if (after.fence < before.fence) world.violate('fence', `${after.id} goes from ${before.fence} to ${after.fence}`);
  const known = new Map(before.leases.map((lease) => [lease.session, lease]));
  for (const lease of after.leases) {
    const was = known.get(lease.session);
    const maker = books.sessions.get(lease.session) ?? process;
    if (!was && (lease.fence <= before.fence || maker !== process))
      world.violate('fence', `fence ${lease.fence} of ${after.id} is given twice`);
    if (!was) books.sessions.set(lease.session, process);
    if (!was && after.options.durability === 'exit') books.ahead.add(process);
    const isForeign = was && lease.until > was.until && maker !== process;
    if (isForeign && isPosted(step, lease)) world.reached('lease kept by a posted heartbeat');
    else if (isForeign) world.violate('stale holder', `the lease of another is prolonged in ${after.id}`);
    if (lease.until > Math.max(was?.until ?? 0, world.now + (isForeign ? maker : process).skew + LEASE))
      world.violate('fence', `a lease of ${after.id} is too long`);
    const held = after.activations.filter(({ fence }) => fence === lease.fence);
    if (held.length > 1 && held.some(({ suspect }) => suspect))
      world.violate('suspect', `a suspect of ${after.id} does not run alone`);
    if (was && lease.until > was.until && isQuiet(before, after)) world.reached('heartbeat');
  }
}

/** Whether the holder has posted a heartbeat with this end. */
function isPosted({ books }: Step, { session, until }: Lease): boolean {
  return books.postedBy(session).some((event) => event.type === 'heartbeat' && event.until === until);
}

/** A host takes over only work without a holder, each time with a new fence, and no other process ends its lease. */
export function checkHostLease({ world, books, process, before, after }: Step): void {
  const [was, now] = [before.hostLease, after.hostLease];
  const time = world.now + process.skew;
  const lives = was !== undefined && was.until > time;
  if (now && now.mark !== was?.mark) {
    if (now.fence <= before.fence) world.violate('fence', `the host lease of ${after.id} has an old fence`);
    if (!lives && before.leases.some((lease) => lease.until > time))
      world.violate('foreign lease', `${now.owner} has ${after.id}, whose work somebody does`);
    books.hosts.set(now.mark, process.owner);
  }
  const maker = was && books.hosts.get(was.mark);
  if (lives && maker !== undefined && maker !== process.owner && now?.owner !== was.owner)
    world.violate('stale holder', `the host lease of another is ended in ${after.id}`);
}

function isQuiet(before: Head, after: Head): boolean {
  const rows = ({ activations }: Head): string => activations.map(({ id, fence }) => `${id}${fence}`).join();
  return rows(before) === rows(after);
}

/** Compares stream items, without the original's projections of sub-flow interrupts and their duplicates. */
import { canon, type Expectation, isObject, type StreamSeen } from '../format.ts';

export function compareStream(
  { items, ordering }: Expectation['stream'],
  seen: readonly StreamSeen[],
): readonly string[] {
  const isSystem = ({ item }: StreamSeen) => isObject(item) && item.$framework !== undefined;
  const projects = items.some((each) => isSystem(each) && isObject(each.item) && each.item.action === 'project');
  const keep = (each: StreamSeen) => !(projects && isSystem(each));
  const wanted = items.filter(keep);
  const got = seen.filter(keep);
  const texts = (list: readonly StreamSeen[]) => list.map(({ item }) => canon(item));
  const [a, b] = [texts(wanted), texts(got)];
  const problem = (what: string) => [`/stream${what}: expected [${a.join(',')}] got [${b.join(',')}]`];
  if (canon(a.toSorted()) !== canon(b.toSorted())) return problem('');
  if (ordering === 'total') return canon(a) === canon(b) ? [] : problem(' order');
  if (ordering === 'multiset') return [];
  const producers = new Set(wanted.map(({ producer }) => producer));
  return [...producers].flatMap((producer) => {
    const own = texts(wanted.filter((each) => each.producer === producer));
    let found = 0;
    for (const item of b) if (item === own[found]) found += 1;
    return found < own.length ? [`/stream order of ${producer}`] : [];
  });
}

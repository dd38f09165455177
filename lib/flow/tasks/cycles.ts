/** Finds the cycles of a directed graph. */

interface Visit {
  readonly id: string;
  readonly next: Iterator<string>;
}

/**
 * The strongly connected components of two or more nodes; nodes and groups are in the order of `edges`. Tarjan's algorithm,
 * linear in the edges, and iterative because a list may be longer than the call stack.
 */
export function cyclesIn(edges: ReadonlyMap<string, Iterable<string>>): readonly (readonly string[])[] {
  const place = new Map([...edges.keys()].map((id, i) => [id, i] as const));
  const order = (id: string): number => place.get(id) ?? 0;
  const seen = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open = new Set<string>();
  const stack: string[] = [];
  const visits: Visit[] = [];
  const groups: string[][] = [];
  const enter = (id: string): void => {
    lowest.set(id, seen.size);
    seen.set(id, seen.size);
    stack.push(id);
    open.add(id);
    visits.push({ id, next: (edges.get(id) ?? [])[Symbol.iterator]() });
  };
  const lower = (id: string, to = Infinity): void => void lowest.set(id, Math.min(lowest.get(id) ?? Infinity, to));
  const leave = ({ id }: Visit): void => {
    visits.pop();
    const outer = visits.at(-1);
    if (outer) lower(outer.id, lowest.get(id));
    if (lowest.get(id) !== seen.get(id)) return;
    const group = stack.splice(stack.lastIndexOf(id));
    for (const member of group) open.delete(member);
    if (group.length > 1) groups.push(group.sort((a, b) => order(a) - order(b)));
  };
  for (const start of edges.keys()) {
    if (!seen.has(start)) enter(start);
    for (let visit = visits.at(-1); visit; visit = visits.at(-1)) {
      const { value, done } = visit.next.next();
      if (done) leave(visit);
      else if (!seen.has(value)) enter(value);
      else if (open.has(value)) lower(visit.id, seen.get(value));
    }
  }
  return groups.sort(([a = ''], [b = '']) => order(a) - order(b));
}

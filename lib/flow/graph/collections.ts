/** Gathers the collections of a flow while it is compiled: their branches, and the steps after any of their uses. */
import { invalid } from '../checks/definition.ts';
import type { Point, Scope } from '../wiring/points.ts';
import type { Collection, Target } from './graph.ts';

interface Use {
  readonly name: string;
  readonly branch: string;
  readonly mode: 'reset' | undefined;
  /** The point after the use; all uses in one level share it. */
  readonly point: Point;
}

interface Gathered {
  readonly mode: 'reset' | undefined;
  readonly scope: Scope;
  readonly branches: string[];
  readonly points: Set<Point>;
  readonly out: Target[];
}

export class Collections {
  private readonly byName = new Map<string, Gathered>();

  /** @throws FlowError `definition_invalid` if the branch is taken, or its scope differs from the other branches' */
  add({ name, branch, mode, point }: Use, behind: () => Target[]): void {
    const { scope } = point.level;
    const known = this.byName.get(name) ?? { mode, scope, branches: [], points: new Set(), out: [] };
    this.byName.set(name, known);
    if (known.branches.includes(branch))
      throw invalid(`Two places collect branch "${branch}" of collection "${name}". Give each place its own branch.`);
    if (known.scope !== scope)
      throw invalid(
        `Collection "${name}" is used inside and outside a body of ${inner(scope, known.scope)}. Values of different scopes are never combined: use two names.`,
      );
    known.branches.push(branch);
    if (known.points.has(point)) return;
    known.points.add(point);
    known.out.push(...behind());
  }

  /**
   * All collections, with the chains that listen to them by `when`.
   * @throws FlowError `definition_invalid` if a chain listens to a collection without branches
   */
  finish(
    top: ReadonlyMap<string, Point>,
    listening: Readonly<Record<string, readonly Target[]>>,
    chain: (name: string, point: Point) => Target[],
  ): Record<string, Collection> {
    // A chain compiled here may collect into another collection, so look again after each one.
    for (let next = this.notYet(top); next; next = this.notYet(top)) {
      next.gathered.points.add(next.point);
      next.gathered.out.push(...chain(next.name, next.point));
    }
    const silent = [...top].find(([name, point]) => !this.byName.has(name) && point.steps.size > 0)?.[0];
    if (silent !== undefined) throw uncollected(silent);
    const unknown = Object.keys(listening).find((name) => !this.byName.has(name));
    if (unknown !== undefined) throw uncollected(unknown);
    return Object.fromEntries(
      [...this.byName].map(([name, { mode, branches, out }]) => {
        const targets = [...onceOut(out), ...(listening[name] ?? [])];
        return [name, { branches: branches.toSorted(), ...(mode && { mode }), out: targets }];
      }),
    );
  }

  /** A top-level collection whose chain has not been compiled yet. */
  private notYet(top: ReadonlyMap<string, Point>) {
    for (const [name, point] of top) {
      const gathered = this.byName.get(name);
      if (gathered && !gathered.points.has(point)) return { name, point, gathered };
    }
    return undefined;
  }
}

/** Keeps one exit per operator: several branches may end with the collection, but its value leaves the operator once. */
function onceOut(targets: readonly Target[]): Target[] {
  const exits = targets.map((target) => ('exit' in target ? target.exit : undefined));
  return targets.filter((_, i) => exits[i] === undefined || exits.indexOf(exits[i]) === i);
}

function inner(one: Scope, other: Scope): string {
  return one.of === 'flow' ? other.of : one.of;
}

function uncollected(name: string) {
  return invalid(
    `A chain waits for collection "${name}", but nothing is collected into it. Add collect("${name}", …).`,
  );
}

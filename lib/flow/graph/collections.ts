/** Collections as they are met in the wiring: their branches, and what is written behind any of their uses. */
import { invalid } from '../checks/definition.ts';
import type { Point, Scope } from '../wiring/points.ts';
import type { Collection, Target } from './graph.ts';

interface Use {
  readonly name: string;
  readonly branch: string;
  readonly mode: 'reset' | undefined;
  /** Where the use goes on; uses in one level share it. */
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

  /** @throws FlowError `definition_invalid`: the branch is there, or its value can never meet the others */
  add({ name, branch, mode, point }: Use, behind: () => Target[]): void {
    const { scope } = point.level;
    const known = this.byName.get(name) ?? { mode, scope, branches: [], points: new Set(), out: [] };
    this.byName.set(name, known);
    if (known.branches.includes(branch))
      throw invalid(`Two places collect branch "${branch}" of collection "${name}". Give each a branch of its own.`);
    if (known.scope !== scope)
      throw invalid(
        `Collection "${name}" is used in and outside a body of ${inner(scope, known.scope)}, where values never meet.`,
      );
    known.branches.push(branch);
    if (known.points.has(point)) return;
    known.points.add(point);
    known.out.push(...behind());
  }

  /**
   * All collections, with what listens to them by `when`.
   * @throws FlowError `definition_invalid`: somebody listens where nothing is collected
   */
  finish(
    top: ReadonlyMap<string, Point>,
    listening: Readonly<Record<string, readonly Target[]>>,
    chain: (name: string, point: Point) => Target[],
  ): Record<string, Collection> {
    // What stands behind one collection may collect into another.
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

  /** A collection of the top level whose chain behind `when` has not been compiled. */
  private notYet(top: ReadonlyMap<string, Point>) {
    for (const [name, point] of top) {
      const gathered = this.byName.get(name);
      if (gathered && !gathered.points.has(point)) return { name, point, gathered };
    }
    return undefined;
  }
}

/** A firing leaves an operator once, though several of its branches end with the collection. */
function onceOut(targets: readonly Target[]): Target[] {
  const exits = targets.map((target) => ('exit' in target ? target.exit : undefined));
  return targets.filter((_, i) => exits[i] === undefined || exits.indexOf(exits[i]) === i);
}

function inner(one: Scope, other: Scope): string {
  return one.of === 'flow' ? other.of : one.of;
}

function uncollected(name: string) {
  return invalid(`A chain waits for collection "${name}", into which nothing is collected. Add collect("${name}", …).`);
}

/** Adds steps to the wiring. */
import { invalid } from '../checks/definition.ts';
import { canonical, checkJson } from '../json.ts';
import { type Operation, stepRow } from '../operators/table.ts';
import { createPoint, type Point, type Step } from '../wiring/points.ts';

/**
 * Adds what follows a point, unless it is there.
 * @returns the step, the known one or a `fresh` one
 * @throws FlowError `definition_invalid`
 */
export function attach(point: Point, does: Operation): Step & { readonly fresh: boolean } {
  const row = stepRow(does);
  const key = row.key?.(does) ?? canonical(checkJson({ ...does }, does.kind));
  const codes = row.codes?.(does) ?? [];
  const called = row.describe?.(does) ?? `This ${does.kind}`;
  const known = point.steps.get(key);
  if (known) {
    if (known.codes.some((code, i) => code !== codes[i])) {
      throw invalid(
        `${called} follows this point already, with other functions or sub-flows of the same text. Wire it once, or share them.`,
      );
    }
    return { ...known, fresh: false };
  }
  if (point.level.closed) throw invalid(`${called} comes too late: ${point.level.closed}`);
  const next = row.next?.(does, point.level) ?? createPoint(point.level);
  if (reaches(next, point))
    throw invalid(`${called} would follow itself. Make a loop with a signal: emitNowait and when.`);
  row.check?.(does, point);
  const step = { does, key, codes, next };
  point.steps.set(key, step);
  return { ...step, fresh: true };
}

/** Takes back the step behind a point, which something fuller replaces. @throws when something was written behind it */
export function detach(point: Point, key: string): void {
  const step = point.steps.get(key);
  if (!step) return;
  if (step.next.steps.size > 0)
    throw invalid('elseIf and else come before what follows the if. Write all branches first.');
  point.steps.delete(key);
}

function reaches(from: Point, goal: Point, seen = new Set<Point>()): boolean {
  if (from === goal) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return [...from.steps.values()].some((step) => reaches(step.next, goal, seen));
}

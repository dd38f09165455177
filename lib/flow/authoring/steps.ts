/** Adds steps to the wiring, and removes one that a longer `if` replaces. */
import { invalid } from '../checks/definition.ts';
import { canonical, checkJson } from '../json.ts';
import { type Operation, stepRow } from '../operators/table.ts';
import { createPoint, type Point, type Step } from '../wiring/points.ts';

/**
 * Adds a step after a point, unless an equal one is already there.
 * @returns the existing step, or the new one with `fresh: true`
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
        `${called} already follows this point, with a different function or sub-flow of the same source text. Wire it once, or pass the same function.`,
      );
    }
    return { ...known, fresh: false };
  }
  if (point.level.closed) throw invalid(`${called} was wired too late: ${point.level.closed}`);
  const next = row.next?.(does, point.level) ?? createPoint(point.level);
  if (reaches(next, point))
    throw invalid(`${called} would follow itself, an endless loop. Loop through a signal: emitNowait and when.`);
  row.check?.(does, point);
  const step = { does, key, codes, next };
  point.steps.set(key, step);
  return { ...step, fresh: true };
}

/**
 * Removes the step after a point, before an `if` with one more branch replaces it.
 * @throws FlowError `definition_invalid` if other steps already follow it
 */
export function detach(point: Point, key: string): void {
  const step = point.steps.get(key);
  if (!step) return;
  if (step.next.steps.size > 0) throw invalid('Other steps already follow this if. Write elseIf and else before them.');
  point.steps.delete(key);
}

function reaches(from: Point, goal: Point, seen = new Set<Point>()): boolean {
  if (from === goal) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  return [...from.steps.values()].some((step) => reaches(step.next, goal, seen));
}

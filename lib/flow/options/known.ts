/** Messages about options that a call or a definition does not have. */

/** Most edits between an unknown name and the option that it may be meant for. */
const EDITS = 3;

/**
 * The first option of `given` that is not known, with the nearest known one. Options that are `undefined` count as absent.
 * @returns `undefined` if all are known
 */
export function unknownOption(given: object, known: readonly string[], where: string): string | undefined {
  const unknown = Object.entries(given).find(([name, value]) => value !== undefined && !known.includes(name));
  if (!unknown) return undefined;
  const [name] = unknown;
  const nearest = nearestOf(name, known);
  const hint = nearest === undefined ? `Use ${known.join(', ')}` : `Did you mean "${nearest}"`;
  return `${where} has no option ${JSON.stringify(name.slice(0, 40))}. ${hint}${nearest === undefined ? '.' : '?'}`;
}

/** The known name that is probably meant: one that ends with the unknown one (`id`, `requestId`), else the one with the fewest edits. */
export function nearestOf(name: string, known: readonly string[]): string | undefined {
  const wanted = name.slice(0, 40).toLowerCase();
  const [best] = known
    .map((each) => ({
      each,
      edits: each.toLowerCase().endsWith(wanted) ? 0 : editsBetween(wanted, each.toLowerCase()),
    }))
    .sort((a, b) => a.edits - b.edits);
  return best && best.edits <= Math.min(EDITS, best.each.length / 2) ? best.each : undefined;
}

/** Levenshtein distance: inserted, deleted and replaced characters. */
function editsBetween(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (const [i, left] of [...a].entries()) {
    const row = [i + 1];
    for (const [j, right] of [...b].entries()) {
      const replaced = (above[j] ?? 0) + (left === right ? 0 : 1);
      row.push(Math.min(replaced, (above[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1));
    }
    above = row;
  }
  return above.at(-1) ?? 0;
}

/** Rows that differ only in what follows from their index. */

/** Whether two rows have equal members in the same order, apart from these. */
export function isAlike(one: object, other: object, apart: ReadonlySet<string> = NONE): boolean {
  const [members, others] = [one as Members, other as Members];
  const keys = Object.keys(members);
  // A loop without closures: it runs for each row of each commit.
  let at = 0;
  for (const key in others) {
    if (keys[at] !== key) return false;
    at += 1;
    const [member, its] = [members[key], others[key]];
    if (member === its || apart.has(key)) continue;
    if (!isObject(member) || !isObject(its) || !isAlike(member, its)) return false;
  }
  return at === keys.length;
}

type Members = Readonly<Record<string, unknown>>;

const NONE: ReadonlySet<string> = new Set();

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

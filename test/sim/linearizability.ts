/**
 * Is there an order of the answer attempts of one interrupt, within the times they were made and answered, in which a plain
 * register (nobody, then one winner or an end without an answer) would have given these answers? A small exhaustive search.
 */
import type { Operation } from './caller.ts';

/** `''` nobody yet; `end` expired or cancelled; otherwise the winner's request id and value. */
type Register = string;

export function checkLinearizable(operations: readonly Operation[]): readonly string[] {
  const problems: string[] = [];
  for (const id of new Set(operations.map((operation) => operation.interruptId))) {
    const history = operations.filter((operation) => operation.interruptId === id);
    if (!search(history, '', new Set())) problems.push(`${id}: ${JSON.stringify(history)}`);
  }
  return problems;
}

function search(left: readonly Operation[], register: Register, seen: Set<string>): boolean {
  if (left.every((operation) => operation.to === undefined)) return true;
  const key = `${register}|${left.map((operation) => operation.from).join()}`;
  if (seen.has(key)) return false;
  seen.add(key);
  const firstEnd = Math.min(...left.map((operation) => operation.to ?? Infinity));
  const ends = register === '' ? [register, 'end'] : [register];
  for (const now of ends) {
    for (const operation of left) {
      if (operation.from > firstEnd) continue;
      const next = apply(operation, now);
      if (next === undefined) continue;
      const rest = left.filter((each) => each !== operation);
      if (search(rest, next, seen)) return true;
    }
  }
  return false;
}

/** The register after the operation, or `undefined` when it can't have given this answer. */
function apply({ requestId, value, kind }: Operation, register: Register): Register | undefined {
  const own = JSON.stringify([requestId, value]);
  if (kind === undefined) return register === '' ? own : register;
  // A call whose write was applied without its knowing finds itself in the ledger.
  if (register === '') return kind === 'accepted' || kind === 'duplicate' ? own : undefined;
  if (register === 'end') return kind === 'gone' ? register : undefined;
  const [winner] = JSON.parse(register) as [string];
  const answer = register === own ? 'duplicate' : winner === requestId ? 'mismatch' : 'conflict';
  return kind === answer ? register : undefined;
}

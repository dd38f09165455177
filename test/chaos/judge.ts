/** Counts lost and doubled work of an execution. */
import type { Head } from '../../lib/engine/head.ts';
import type { Effect } from '../crash/app.ts';

export interface Wanted {
  readonly chunk: string;
  readonly value: unknown;
}

/** The final state of an execution in the store and in the sink. */
export interface Remains {
  readonly executionId: string;
  readonly head: Head | undefined;
  readonly status: string;
  /** Chunk names, one per committed activation. */
  readonly log: readonly string[];
  readonly effects: readonly Effect[];
}

export interface Verdict {
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
}

export function judge({ executionId, head, status, log, effects }: Remains, wanted: readonly Wanted[]): Verdict {
  const lost: string[] = [];
  const doubled: string[] = [];
  const compare = (what: string, found: number, expected: number) => {
    const text = `${executionId}: ${what} ${found} times, not ${expected}`;
    if (found < expected) lost.push(text);
    if (found > expected) doubled.push(text);
  };

  if (status !== 'completed') lost.push(`${executionId} is ${status}`);
  for (const chunk of new Set([...wanted.map((each) => each.chunk), ...log])) {
    const committed = log.filter((name) => name === chunk).length;
    compare(`${chunk} committed`, committed, wanted.filter((each) => each.chunk === chunk).length);
  }
  // A chunk may run again, but under the same key: each distinct key is an activation.
  const keys = new Map<string, Set<string>>();
  const nameOf = (chunk: string, value: unknown) => JSON.stringify([chunk, value]);
  for (const { chunk, value, idempotencyKey } of effects) {
    const name = nameOf(chunk, value);
    keys.set(name, (keys.get(name) ?? new Set()).add(idempotencyKey));
  }
  const expected = new Set(wanted.map(({ chunk, value }) => nameOf(chunk, value)));
  for (const name of new Set([...expected, ...keys.keys()])) {
    compare(`effect ${name} under a key of its own`, keys.get(name)?.size ?? 0, expected.has(name) ? 1 : 0);
  }
  const accepted = (head?.ledger ?? []).filter((entry) => entry.kind === 'resume' && entry.outcome === 'accepted');
  compare('answer accepted', accepted.length, 1);
  return { lost, doubled };
}

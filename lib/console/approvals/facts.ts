/** What a wait asks, and the facts of its payload, in the order that the author gave them. */
import type { Json, Wait } from '../api/wire.ts';
import { words } from '../form/fields.ts';

export interface Facts {
  readonly question: string;
  readonly rows: readonly (readonly [string, Json])[];
}

export function factsOf({ payload, type }: Pick<Wait, 'payload' | 'type'>): Facts {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) {
    return { question: words(type), rows: payload === null ? [] : [['Value', payload]] };
  }
  const { question, title, ...rest } = payload as Readonly<Record<string, Json>>;
  const asked = [question, title].find((each) => typeof each === 'string');
  return {
    question: asked ?? words(type),
    rows: Object.entries(rest).map(([name, value]) => [words(name), value] as const),
  };
}

/** Waits that wait longest come first. */
export function oldestFirst(waits: readonly Wait[]): readonly Wait[] {
  return waits.toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1));
}

export function keyOf({ executionId, interruptId, generation = 0 }: Wait): string {
  return `${executionId} ${interruptId} ${generation}`;
}

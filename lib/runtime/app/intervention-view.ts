/** Interventions as chunks and views see them, and checks of their short texts. */
import type { Value } from '../../engine/head.ts';
import type { InterventionRow } from '../../engine/outside/interventions.ts';
import type { Intervention } from '../../flow/authoring/facilities.ts';
import type { Json } from '../../flow/json.ts';
import { note } from '../../flow/options/calls.ts';
import { textOf } from './checks/texts.ts';
import { iso } from './checks/times.ts';

export function showInterventions(
  rows: readonly InterventionRow[],
  read: (value: Value) => Promise<Json>,
): Promise<Intervention[]> {
  return Promise.all(rows.map((row) => show(row, read)));
}

async function show(row: InterventionRow, read: (value: Value) => Promise<Json>): Promise<Intervention> {
  const { at, consumers = {}, payload, ...rest } = row;
  const audit = Object.entries(consumers).map(([name, use]) => [name, { ...use, at: iso(use.at) }] as const);
  return { ...rest, payload: await read(payload), createdAt: iso(at), consumers: Object.fromEntries(audit) };
}

export function interventionText<Name extends string>(
  name: Name,
  text: unknown,
  code: 'invalid_request' | 'invalid_value',
) {
  return textOf(name, text, { schema: note, what: `${name} of an intervention`, code });
}

/** Lists flows and shows one. */
import type { z } from 'zod';
import { path } from '../../api/api.ts';
import { Definition, Flows, type Schedule } from '../../api/wire.ts';
import { CliError } from '../../problems.ts';
import { programName } from '../../program-name.ts';
import { once } from '../../row.ts';
import type { Look } from '../../show/look.ts';
import { json, list, safe, table } from '../../show/text.ts';

export const flows = once(async (api, given, look) => {
  const flow = given.maybe('flow');
  if (flow !== undefined) {
    const found = await api.call({ method: 'GET', path: path`/flows/${flow}` }, Definition);
    return { data: [found], text: flowText(found, look) };
  }
  const { items } = await api.call({ method: 'GET', path: '/flows' }, Flows);
  if (items.length === 0) return { data: [], text: 'The app has no flows yet.\n' };
  const rows = items.map(({ flow, fingerprint, kinds = [] }) => [
    flow,
    fingerprint === undefined ? `task flow: ${kinds.map(({ kind }) => kind).join(', ')}` : fingerprint.slice(0, 12),
  ]);
  return { data: items, text: table(['FLOW', 'VERSION'], rows, look) };
});

function flowText(
  { flow, fingerprint, contract, kinds, schedules = [] }: z.infer<typeof Definition>,
  look: Look,
): string {
  const signals = Object.entries(contract?.signals ?? {}).map(([name, schema]) => `${name} ${schemaText(schema)}`);
  return list(
    [
      ['flow', flow],
      ['version', fingerprint],
      ['kinds of task', kinds?.map(({ kind }) => kind).join(', ')],
      ['input', contract?.input ? schemaText(contract.input) : undefined],
      ['signals', signals.join('\n')],
      ['result', contract?.result ? schemaText(contract.result) : undefined],
      ['schedules', schedules.map(scheduleText).join('\n')],
      ['next', `${programName()} start ${flow}${contract?.input ? ' --input …' : ''}`],
    ],
    look,
  );
}

/** A JSON schema without what every schema says. */
function schemaText(schema: unknown): string {
  if (typeof schema !== 'object' || schema === null) return json(schema);
  return json(Object.fromEntries(Object.entries(schema).filter(([key]) => key !== '$schema')));
}

function scheduleText({ id, cron, rate, timezone }: Schedule): string {
  return [id, cron ?? rate ?? '', timezone ?? ''].filter((each) => each !== '').join('  ');
}

export const mermaid = once(async (api, given) => {
  const flow = given.text('flow');
  const mode = given.flag('detailed') ? 'detailed' : 'simplified';
  const found = await api.call({ method: 'GET', path: path`/flows/${flow}`, query: { mode } }, Definition);
  if (found.mermaid === undefined) {
    throw new CliError('notFound', `${flow} has no graph of its own: each of its executions brings a list of tasks.`);
  }
  return { data: [{ flow, mermaid: found.mermaid }], text: safe(found.mermaid).replace(/\n?$/, '\n') };
});

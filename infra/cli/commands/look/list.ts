/** Lists executions. */
import type { Api } from '../../api/api.ts';
import { mostOf, pages } from '../../api/paging.ts';
import { Flows, Summary } from '../../api/wire.ts';
import type { Given } from '../../given.ts';
import { CliError } from '../../problems.ts';
import type { ServiceCommand } from '../../row.ts';
import { type Look, toneOf } from '../../show/look.ts';
import { line, since, table } from '../../show/text.ts';
import { UsageError } from '../../usage.ts';

export const list: ServiceCommand = {
  kind: 'service',
  async *ask(api, given, look) {
    const query = {
      flow: given.maybe('flow'),
      status: given.maybe('status'),
      createdAfter: given.maybe('created-after'),
      createdBefore: given.maybe('created-before'),
      ...attributesOf(given),
    };
    let isEmpty = true;
    for await (const items of pages(api, { path: '/executions', query }, Summary, mostOf(given))) {
      if (items.length === 0) continue;
      isEmpty = false;
      yield { data: items, text: textOf(items, look) };
    }
    if (!isEmpty) return;
    if (query.flow !== undefined) await checkFlow(api, query.flow);
    yield { data: [], text: 'No execution is like that.\n' };
  },
};

/** Executions of a flow that was removed are still listed, so this is for empty lists. @throws CliError */
export async function checkFlow(api: Api, flow: string): Promise<void> {
  const { items } = await api.call({ method: 'GET', path: '/flows' }, Flows);
  // Flows of the package are listed by their name alone.
  if (flow.startsWith('$') || items.some((each) => each.flow === flow)) return;
  const names = items.map((each) => each.flow).join(', ');
  throw new CliError('notFound', `There is no flow ${line(flow)}, and no execution of it. The app has ${names}.`);
}

/** `--attr customer=ann` as the query `attr.customer=ann`. @throws UsageError */
function attributesOf(given: Given): Readonly<Record<string, string>> {
  const named = Object.entries(attributesIn(given)).map(([name, value]) => [`attr.${name}`, value] as const);
  return Object.fromEntries(named);
}

/** @throws UsageError */
export function attributesIn(given: Given): Readonly<Record<string, string>> {
  return Object.fromEntries(
    given.many('attr').map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new UsageError(`--attr is "${pair}"; write --attr name=value.`);
      return [pair.slice(0, at), pair.slice(at + 1)] as const;
    }),
  );
}

function textOf(items: readonly Summary[], look: Look): string {
  const rows = items.map((item) => [
    item.executionId,
    item.flow,
    { text: item.status, tone: toneOf(item.status) },
    since(item.createdAt, look),
    nowOf(item),
  ]);
  return table(['EXECUTION', 'FLOW', 'STATUS', 'STARTED', 'NOW'], rows, look);
}

/** The line says why an execution failed, or for what it waits. */
function nowOf({ now, error, interrupts, waiting = interrupts.length }: Summary): string {
  if (now !== undefined) return now;
  if (error) return line(`${error.chunk ?? error.name}: ${error.message ?? error.code ?? error.name}`, 80);
  const [first] = interrupts;
  if (!first) return '';
  return `waits for ${first.interruptId}${waiting > 1 ? ` and ${waiting - 1} more` : ''}`;
}

/** Lists pending waits. */
import { mostOf, pages } from '../../api/paging.ts';
import { Wait } from '../../api/wire.ts';
import type { ServiceCommand } from '../../row.ts';
import type { Look } from '../../show/look.ts';
import { json, line, since, table } from '../../show/text.ts';

export const approvals: ServiceCommand = {
  kind: 'service',
  async *ask(api, given, look) {
    let isEmpty = true;
    for await (const items of pages(api, { path: '/interrupts' }, Wait, mostOf(given))) {
      if (items.length === 0) continue;
      isEmpty = false;
      // A callback URL is a right to answer: it does not belong into logs of scripts.
      yield { data: items.map(({ callbackUrl: _, ...item }) => item), text: textOf(items, look) };
    }
    if (isEmpty) yield { data: [], text: 'Nothing waits for an answer.\n' };
  },
};

function textOf(items: readonly Wait[], look: Look): string {
  const rows = items.map(({ executionId, interruptId, type = '', createdAt, payload }) => [
    executionId,
    interruptId,
    type,
    createdAt === undefined ? '' : since(createdAt, look),
    questionOf(payload),
  ]);
  return table(['EXECUTION', 'WAIT', 'TYPE', 'ASKED', 'QUESTION'], rows, look);
}

function questionOf(payload: unknown): string {
  const question =
    typeof payload === 'object' && payload !== null && 'question' in payload ? payload.question : undefined;
  return line(typeof question === 'string' ? question : json(payload), 100);
}

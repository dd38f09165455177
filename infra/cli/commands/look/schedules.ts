/** Lists schedules, and starts what one of them would start. */
import { z } from 'zod';
import { path } from '../../api/api.ts';
import { Started } from '../../api/wire.ts';
import { programName } from '../../program-name.ts';
import { once } from '../../row.ts';
import { toneOf } from '../../show/look.ts';
import { line, since, table } from '../../show/text.ts';
import { filled } from '../act/acts.ts';

const Schedules = z.looseObject({
  items: z.array(
    z.looseObject({
      flow: z.string(),
      id: z.string(),
      cron: z.string().optional(),
      rate: z.string().optional(),
      timezone: z.string().optional(),
      nextAt: z.string().optional(),
      last: z.looseObject({ executionId: z.string(), at: z.string(), status: z.string() }).optional(),
    }),
  ),
});

export const schedules = once(async (api, _, look) => {
  const { items } = await api.call({ method: 'GET', path: '/schedules' }, Schedules);
  if (items.length === 0) return { data: [], text: 'No flow has a schedule.\n' };
  const rows = items.map(({ flow, id, cron, rate, timezone = '', nextAt = '', last }) => [
    flow,
    id,
    [cron ?? rate ?? '', timezone].join(' '),
    nextAt,
    last ? since(last.at, look) : 'never',
    { text: last?.status ?? '', tone: toneOf(last?.status ?? '') },
    last?.executionId ?? '',
  ]);
  return { data: items, text: table(['FLOW', 'SCHEDULE', 'WHEN', 'NEXT', 'LAST', 'STATUS', 'EXECUTION'], rows, look) };
});

export const trigger = once(async (api, given) => {
  const [flow, schedule] = [given.text('flow'), given.text('schedule')];
  const body = filled({ actor: given.maybe('actor') });
  const to = path`/schedules/${flow}/${schedule}/trigger`;
  const answer = await api.call({ method: 'POST', path: to, body, key: given.maybe('id') }, Started);
  const { executionId, status } = answer;
  const look = `Look: ${programName()} show ${executionId}`;
  return { data: [answer], text: `Started ${line(flow)} as ${executionId}, which is ${status}. ${look}\n` };
});

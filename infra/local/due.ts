/** Whether a schedule of EventBridge Scheduler is due in a minute. */
import { DAYS, FIRST, LAST, MONTHS } from '../cron.ts';
import { parseRate } from './schedule-pump.ts';

/**
 * Asks with the beginning of a minute (ms). A rate counts from the epoch.
 * @throws Error for what is not read here: the last day, the nearest weekday, the n-th of a month
 */
export function dueOf(expression: string, timezone: string): (at: number) => boolean {
  if (expression.startsWith('rate(')) {
    const every = parseRate(expression);
    return (at) => at % every === 0;
  }
  const [, cron = ''] = /^cron\((.+)\)$/.exec(expression) ?? [];
  const fields = cron.split(' ').map((field, i) => fieldOf(field, i, expression));
  if (fields.length !== LAST.length) throw unread(expression);
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone: timezone, hourCycle: 'h23', weekday: 'short' },
    ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' },
  });
  return (at) => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
    const day = DAYS.indexOf((parts.get('weekday') ?? '').toUpperCase()) + 1;
    const [minute, hour, date, month, year] = (['minute', 'hour', 'day', 'month', 'year'] as const).map((type) =>
      Number(parts.get(type)),
    );
    return [minute, hour, date, month, day, year].every((value, i) => fields[i]?.(value ?? Number.NaN));
  };
}

function fieldOf(field: string, position: number, expression: string): (value: number) => boolean {
  const names = position === 3 ? MONTHS : position === 4 ? DAYS : [];
  const read = (text: string): number => {
    const named = names.indexOf(text.toUpperCase()) + 1;
    if (named > 0) return named;
    if (!/^\d+$/.test(text)) throw unread(expression);
    return Number(text);
  };
  const ranges = field.split(',').map((part) => {
    const [range = '', step] = part.split('/');
    const by = step === undefined ? 1 : read(step);
    if (range === '*' || range === '?') return { from: FIRST[position] ?? 0, to: Infinity, by };
    const [from = '', to] = range.split('-');
    const open = step === undefined ? read(from) : (LAST[position] ?? 0);
    return { from: read(from), to: to === undefined ? open : read(to), by };
  });
  return (value) => ranges.some(({ from, to, by }) => value >= from && value <= to && (value - from) % by === 0);
}

function unread(expression: string): Error {
  return new Error(`The local host does not read ${expression}.`);
}

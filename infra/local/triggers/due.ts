/** Evaluates schedules of EventBridge Scheduler, minute by minute. */
import { DAYS, FIRST, LAST, MONTHS } from '../../build/cron.ts';
import { parseRate } from './schedule-pump.ts';

/**
 * Returns whether the schedule is due in the minute that begins at `at` (ms). Rates count from the epoch.
 * @throws Error for unsupported fields: the last day, the nearest weekday, the n-th weekday of a month
 */
export function dueOf(expression: string, timezone: string): (at: number) => boolean {
  if (expression.startsWith('rate(')) {
    const every = parseRate(expression);
    return (at) => at % every === 0;
  }
  const [, cron = ''] = /^cron\((.+)\)$/.exec(expression) ?? [];
  const fields = cron.split(' ').map((field, i) => fieldOf(field, i, expression));
  if (fields.length !== LAST.length) throw unsupported(expression);
  const format = new Intl.DateTimeFormat('en-US', {
    ...{ timeZone: timezone, hourCycle: 'h23', weekday: 'short' },
    ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' },
  });
  const matches = (at: number): boolean => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, value]));
    const day = DAYS.indexOf((parts.get('weekday') ?? '').toUpperCase()) + 1;
    const [minute, hour, date, month, year] = (['minute', 'hour', 'day', 'month', 'year'] as const).map((type) =>
      Number(parts.get(type)),
    );
    return [minute, hour, date, month, day, year].every((value, i) => fields[i]?.(value ?? Number.NaN));
  };
  const offsetOf = offsetIn(timezone);
  return (at) => matches(at) && !isRepeated(at, offsetOf);
}

/** A time in which no zone changes its clocks twice (ms). */
const BEFORE = 3 * 3_600_000;

/** True when the zone's clock was set back and shows this minute again. EventBridge Scheduler starts only the first time. */
function isRepeated(at: number, offsetOf: (at: number) => number): boolean {
  const before = offsetOf(at - BEFORE);
  const back = before - offsetOf(at);
  return back > 0 && offsetOf(at - back) === before;
}

/** Milliseconds that the clock of a zone is ahead of UTC. */
function offsetIn(timezone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: timezone, timeZoneName: 'longOffset' });
  return (at) => {
    const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign, hours = '0', minutes = '0'] = /^GMT([+-])(\d\d):(\d\d)/.exec(name) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
  };
}

function fieldOf(field: string, position: number, expression: string): (value: number) => boolean {
  const names = position === 3 ? MONTHS : position === 4 ? DAYS : [];
  const read = (text: string): number => {
    const named = names.indexOf(text.toUpperCase()) + 1;
    if (named > 0) return named;
    if (!/^\d+$/.test(text)) throw unsupported(expression);
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

function unsupported(expression: string): Error {
  return new Error(`The local host does not support the expression ${expression}.`);
}

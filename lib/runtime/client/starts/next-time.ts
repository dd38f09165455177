/**
 * When a schedule starts next, by the syntax of EventBridge Scheduler. Own code: a library for it takes 8 KB of a bundle that may have
 * 220.
 */
import type { FlowSchedule } from '../../../flow/authoring/schedules.ts';

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const UNITS: Readonly<Record<string, number>> = { minute: MINUTE, hour: 60 * MINUTE, day: DAY };
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
/** A leap day comes within so many days. */
const AHEAD = 9 * 366;

/**
 * The next start after `now` (ms). A rate counts from the last start, if there was one.
 * @returns `undefined`: none in the next years, or it is not known
 */
export function nextTimeOf(
  { cron, rate, timezone = 'UTC' }: Pick<FlowSchedule, 'cron' | 'rate' | 'timezone'>,
  now: number,
  last: number | undefined,
): number | undefined {
  if (cron !== undefined) return nextOf(cron, now, offsetIn(timezone));
  const [, count = '', unit = ''] = /^(\d+) (minute|hour|day)s?$/.exec(rate ?? '') ?? [];
  const every = Number(count) * (UNITS[unit] ?? Number.NaN);
  if (last === undefined || !(every > 0)) return undefined;
  return last + every * (Math.floor(Math.max(0, now - last) / every) + 1);
}

type OffsetOf = (at: number) => number;

/** Local times are written as if they were UTC. */
function nextOf(cron: string, now: number, offsetOf: OffsetOf): number | undefined {
  const [minute = '', hour = '', ...days] = cron.toUpperCase().split(' ');
  const isDay = dayOf(days);
  const [isHour, isMinute] = [valuesOf(hour, 0, 23), valuesOf(minute, 0, 59)];
  const today = Math.floor((now + offsetOf(now)) / DAY) * DAY;
  for (let day = today; day < today + AHEAD * DAY; day += DAY) {
    if (!isDay(new Date(day))) continue;
    for (let i = 0; i < 1_440; i += 1) {
      if (!isHour(Math.floor(i / 60)) || !isMinute(i % 60)) continue;
      const at = timeOf(day + i * MINUTE, offsetOf);
      if (at !== undefined && at > now) return at;
    }
  }
  return undefined;
}

/** The first time at which the clock of the zone shows this; `undefined`: it never does, because it is set forward. */
function timeOf(local: number, offsetOf: OffsetOf): number | undefined {
  const times = [local - offsetOf(local - DAY), local - offsetOf(local + DAY)];
  const right = times.filter((at) => at + offsetOf(at) === local);
  return right.length === 0 ? undefined : Math.min(...right);
}

function dayOf([date = '', month = '', weekday = '', year = '']: readonly string[]): (day: Date) => boolean {
  const isMonth = valuesOf(month, 1, 12, MONTHS);
  const isYear = valuesOf(year, 1970, 2199);
  const isDate = date === '?' ? undefined : dateOf(date);
  const isWeekday = isDate ? undefined : weekdayOf(weekday);
  return (day) =>
    isYear(day.getUTCFullYear()) && isMonth(day.getUTCMonth() + 1) && (isDate ?? isWeekday)?.(day) === true;
}

/** The last day of the month is `L`; the weekday nearest to a day is `15W`, the last weekday `LW`. */
function dateOf(field: string): (day: Date) => boolean {
  if (field === 'L') return (day) => day.getUTCDate() === lastOf(day);
  const [, wanted] = /^(L|\d+)W$/.exec(field) ?? [];
  if (wanted === undefined) {
    const isDate = valuesOf(field, 1, 31);
    return (day) => isDate(day.getUTCDate());
  }
  return (day) => {
    const last = lastOf(day);
    const date = wanted === 'L' ? last : Number(wanted);
    const on = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), date)).getUTCDay();
    const nearest = on === 6 ? (date === 1 ? 3 : date - 1) : on === 0 ? (date >= last ? date - 2 : date + 1) : date;
    return date <= last && day.getUTCDate() === nearest;
  };
}

/** 1 is Sunday. `6L` is the last Friday of the month, `2#1` its first Monday, `L` each Saturday. */
function weekdayOf(field: string): (day: Date) => boolean {
  const [, name, rank] = /^(\w+?)(L|#[1-5])$/.exec(field) ?? [];
  const isWeekday = valuesOf(field === 'L' ? '7' : (name ?? field), 1, 7, WEEKDAYS);
  return (day) => {
    if (!isWeekday(day.getUTCDay() + 1)) return false;
    if (rank === undefined) return true;
    const date = day.getUTCDate();
    return rank === 'L' ? date + 7 > lastOf(day) : Math.ceil(date / 7) === Number(rank.slice(1));
  };
}

function lastOf(day: Date): number {
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate();
}

function valuesOf(field: string, least: number, most: number, names: readonly string[] = []) {
  const read = (text: string) => (names.includes(text) ? names.indexOf(text) + 1 : Number(text));
  const ranges = field.split(',').map((part) => {
    const [range = '', step] = part.split('/');
    const by = Number(step ?? 1);
    if (range === '*' || range === '?') return { from: least, to: most, by };
    const [from = '', to] = range.split('-');
    return { from: read(from), to: to === undefined ? (step === undefined ? read(from) : most) : read(to), by };
  });
  return (value: number) =>
    ranges.some(({ from, to, by }) => value >= from && value <= to && (value - from) % by === 0);
}

/** Milliseconds that the clock of a zone is ahead of UTC. */
function offsetIn(timeZone: string): OffsetOf {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  return (at) => {
    const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
    const [, sign, hours = '0', minutes = '0'] = /^GMT([+-])(\d\d):(\d\d)/.exec(name) ?? [];
    return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE;
  };
}

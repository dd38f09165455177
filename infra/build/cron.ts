/** Checks cron expressions by the rules of EventBridge Scheduler, before the deployment sends them. */
export const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
export const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
/** Minute, hour, day of the month, month, day of the week (1 is Sunday), year. */
export const FIRST = [0, 0, 1, 1, 1, 1970];
export const LAST = [59, 23, 31, 12, 7, 2199];

interface Field {
  readonly name: string;
  readonly names?: readonly string[];
  /** Further values that only this field takes. */
  readonly own?: RegExp;
}

const DAY = `([1-7]|${DAYS.join('|')})`;
const FIELDS: readonly Field[] = [
  { name: 'minutes' },
  { name: 'hours' },
  { name: 'day-of-month', own: /^(\?|LW?|([1-9]|[12]\d|3[01])W)$/i },
  { name: 'month', names: MONTHS },
  { name: 'day-of-week', names: DAYS, own: new RegExp(`^(\\?|${DAY}?L|${DAY}#[1-5])$`, 'i') },
  { name: 'year' },
];

/** The first problem of an expression with six fields, one of the days being `?`. Names the field. */
export function cronProblem(cron: string): string | undefined {
  for (const [i, { name, names = [], own }] of FIELDS.entries()) {
    const text = cron.split(' ')[i] ?? '';
    const [least, most] = [FIRST[i] ?? 0, LAST[i] ?? 0];
    const numberOf = (part: string) => {
      const value = /^\d+$/.test(part) ? Number(part) : names.indexOf(part.toUpperCase()) + 1 || Number.NaN;
      return value >= least && value <= most ? value : Number.NaN;
    };
    const isPart = (part: string) => {
      const [, range = '', step] = /^([^/]+)(?:\/0*([1-9]\d{0,3}))?$/.exec(part) ?? [];
      if (step !== undefined && (name === 'day-of-week' || Number(step) > most)) return false;
      const [from = '', to = from, ...rest] = range === '*' ? [String(least)] : range.split('-');
      return rest.length === 0 && numberOf(from) <= numberOf(to);
    };
    if (own?.test(text) || text.split(',').every(isPart)) continue;
    const named = names.length === 0 ? '' : ` or ${names[0]} to ${names.at(-1)}`;
    return `${name} is "${text}"; it takes ${least} to ${most}${named}`;
  }
  return undefined;
}

/** Names and values in words, the same on every machine. */

/** `amountCents` as `Amount cents`. */
export function words(name: string): string {
  const spaced = name
    .replaceAll(/([a-z\d])([A-Z])/g, '$1 $2')
    .replaceAll(/[_-]+/g, ' ')
    .trim()
    .toLowerCase();
  return capital(spaced);
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June'],
  ...['July', 'August', 'September', 'October', 'November', 'December'],
];
const DATE = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?Z)?$/;

/** An ISO date, or an ISO time in UTC, as `12 January 2027, 09:00 UTC`. `undefined`: it is neither. */
export function dateWords(text: string): string | undefined {
  const [, year, month, day, time] = DATE.exec(text) ?? [];
  const name = MONTHS[Number(month) - 1];
  if (name === undefined || Number(day) < 1 || Number(day) > 31) return undefined;
  const date = `${Number(day)} ${name} ${year}`;
  return time === undefined ? date : `${date}, ${time} UTC`;
}

/** Names of numbers that count nothing, such as a year. */
const CODE = /(^|\s)(id|number|no|year|code|ticket)$/i;

/** With separators between thousands, unless it is a code or looks like a year. */
export function numberWords(value: number, label = ''): string {
  const isYear = Number.isInteger(value) && value >= 1_900 && value < 2_100;
  const isPlain = CODE.test(label) || isYear || Math.abs(value) >= 1e15;
  return isPlain ? String(value) : value.toLocaleString('en', { maximumFractionDigits: 20 });
}

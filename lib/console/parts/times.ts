/** Times as people say them. Milliseconds in, text out. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of time: `0.4 s`, `3 min`, `26 h`, `4 days`. */
export function length(ms: number): string {
  if (ms < 1) return '0 s';
  if (ms < 100) return `${Math.round(ms)} ms`;
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(1)} s`;
  if (ms < 90 * SECOND) return `${Math.round(ms / SECOND)} s`;
  if (ms < 90 * MINUTE) return `${Math.round(ms / MINUTE)} min`;
  if (ms < 48 * HOUR) return `${Math.round(ms / HOUR)} h`;
  return `${Math.round(ms / DAY)} days`;
}

/** `just now`, `12 min ago`, `yesterday 09:12`, `3 Nov`. */
export function ago(at: number, now: number): string {
  const past = now - at;
  if (past < 5 * SECOND) return 'just now';
  if (past < 90 * SECOND) return `${Math.round(past / SECOND)} s ago`;
  if (past < HOUR) return `${length(past)} ago`;
  const clock = clockOf(at);
  if (sameDay(at, now)) return past < 8 * HOUR ? `${length(past)} ago` : `today ${clock}`;
  if (sameDay(at, now - DAY)) return `yesterday ${clock}`;
  return `${dayOf(at, now)} ${clock}`;
}

/** `in 0:42`, `in 3 h`, `Monday 08:00`. */
export function until(at: number, now: number): string {
  const left = at - now;
  if (left <= 0) return 'now';
  if (left < HOUR) return `in ${countdown(left)}`;
  if (left < DAY) return `in ${length(left)}`;
  return `${dayOf(at, now)} ${clockOf(at)}`;
}

const ISO = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

/** A line of the API with its times as the reader's clock shows them: `sleeps until 18:30`, `… until Monday 08:00`. */
export function withClock(text: string, now: number): string {
  return text.replaceAll(ISO, (iso) => {
    const at = Date.parse(iso);
    return sameDay(at, now) ? clockOf(at) : `${dayOf(at, now)} ${clockOf(at)}`;
  });
}

function countdown(ms: number): string {
  const seconds = Math.ceil(ms / SECOND);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

export function clockOf(at: number, withSeconds = false): string {
  const seconds = withSeconds ? ({ second: '2-digit' } as const) : {};
  return new Date(at).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', ...seconds });
}

function dayOf(at: number, now: number): string {
  const isNear = at > now && at - now < 6 * DAY;
  if (isNear) return new Date(at).toLocaleDateString('en-GB', { weekday: 'long' });
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  const year = sameYear ? {} : ({ year: 'numeric' } as const);
  return new Date(at).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', ...year });
}

function sameDay(one: number, other: number): boolean {
  return new Date(one).toDateString() === new Date(other).toDateString();
}

/** Scheduled starts of a flow. They do not affect running executions, so the fingerprint leaves them out. */
import { z } from 'zod';
import { invalid, json } from '../checks/definition.ts';
import { checkJson } from '../json.ts';
import { checkFits } from '../options/check.ts';

const ID = /^[A-Za-z0-9_-]{1,64}$/;
const RATE = /^(1 (minute|hour|day)|([2-9]|[1-9]\d{1,5}) (minutes|hours|days))$/;
const CRON = /^[\dA-Za-z*?,/#-]+( [\dA-Za-z*?,/#-]+){5}$/;

const USE_RATE = 'write "5 minutes" or "1 day"';
const USE_CRON = 'write six fields, one of the days as ?: "0 9 ? * MON-FRI *"';
const USE_ZONE = 'write an IANA time zone, such as "Europe/Berlin"';

/** One schema for `defineFlow` and documents. */
export const shapeOfSchedule = z
  .strictObject({
    /** `^[A-Za-z0-9_-]{1,64}$`, unique in the flow. Execution ids contain it, so a changed id is a new schedule. */
    id: z.string().regex(ID, `use an id that matches ${ID.source}`),
    /** Six fields in the syntax of EventBridge Scheduler: `0 9 ? * MON-FRI *`. */
    cron: z.string(USE_CRON).refine(isCron, USE_CRON).exactOptional(),
    /** Interval between starts: `5 minutes`, `1 hour`, `2 days`. */
    rate: z.string(USE_RATE).regex(RATE, USE_RATE).exactOptional(),
    /** IANA time zone of `cron`, such as `Europe/Berlin`. Default `UTC`. */
    timezone: z.string(USE_ZONE).refine(isTimezone, USE_ZONE).exactOptional(),
    /**
     * What happens at its time while the execution that it started last is open. `allow` (default): another one starts.
     * `skip`: none starts.
     */
    overlap: z.enum(['allow', 'skip'], "use 'allow' or 'skip'").exactOptional(),
    /** Input of every start. */
    input: json.exactOptional(),
  })
  .refine(({ cron, rate }) => (cron === undefined) !== (rate === undefined), {
    message: 'give exactly one of cron and rate',
    path: ['cron'],
  })
  .readonly();

/** A scheduled start. Give exactly one of `cron` and `rate`. */
export interface FlowSchedule<Input = unknown> extends Omit<z.infer<typeof shapeOfSchedule>, 'input'> {
  /** Input of every start. */
  readonly input?: Input;
}

/** @throws FlowError `definition_invalid` */
export function checkSchedules(flow: string, schedules: readonly FlowSchedule[]): readonly FlowSchedule[] {
  const seen = new Set<string>();
  return schedules.map(({ input, ...given }) => {
    const name = `schedule "${given.id}" of flow "${flow}"`;
    const schedule = { ...given, ...(input === undefined ? {} : { input: checkJson(input, `the input of ${name}`) }) };
    checkFits(shapeOfSchedule, schedule, name);
    if (seen.has(given.id)) throw invalid(`The ${name} is defined twice. Give each schedule a unique id.`);
    seen.add(given.id);
    return Object.freeze(schedule);
  });
}

/** EventBridge accepts a day of the month or a day of the week, not both. */
function isCron(cron: string): boolean {
  const [, , day, , weekday] = cron.split(' ');
  return CRON.test(cron) && (day === '?') !== (weekday === '?');
}

function isTimezone(timezone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: timezone }) !== undefined;
  } catch {
    return false;
  }
}

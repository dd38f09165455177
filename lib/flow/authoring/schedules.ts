/** Scheduled starts of a flow. They do not affect running executions, so the fingerprint leaves them out. */

import { z } from 'zod';
import { defined } from '../../defined.ts';
import { invalid, json } from '../checks/definition.ts';
import { checkJson } from '../json.ts';

export const shapeOfSchedule = z
  .strictObject({
    /** `^[A-Za-z0-9_-]{1,64}$`, unique in the flow. Execution ids contain it, so a changed id is a new schedule. */
    id: z.string(),
    /** Six fields in the syntax of EventBridge Scheduler: `0 9 ? * MON-FRI *`. */
    cron: z.string().exactOptional(),
    /** Interval between starts: `5 minutes`, `1 hour`, `2 days`. */
    rate: z.string().exactOptional(),
    /** IANA time zone of `cron`, such as `Europe/Berlin`. Default `UTC`. */
    timezone: z.string().exactOptional(),
    /** Input of every start. */
    input: json.exactOptional(),
  })
  .readonly();

/** A scheduled start. Give exactly one of `cron` and `rate`. */
export interface FlowSchedule<Input = unknown> extends Omit<z.infer<typeof shapeOfSchedule>, 'input'> {
  /** Input of every start. */
  readonly input?: Input;
}

const ID = /^[A-Za-z0-9_-]{1,64}$/;
const RATE = /^(1 (minute|hour|day)|([2-9]|[1-9]\d{1,5}) (minutes|hours|days))$/;
const CRON = /^[\dA-Za-z*?,/#-]+( [\dA-Za-z*?,/#-]+){5}$/;

/** @throws FlowError `definition_invalid` */
export function checkSchedules(flow: string, schedules: readonly FlowSchedule[]): readonly FlowSchedule[] {
  const seen = new Set<string>();
  return schedules.map(({ id, cron, rate, timezone, input }) => {
    const name = `Schedule "${id}" of flow "${flow}"`;
    if (!ID.test(id)) throw invalid(`${name}: the id must match ${ID.source}.`);
    if (seen.has(id)) throw invalid(`${name} is defined twice. Give each schedule a unique id.`);
    seen.add(id);
    if ((cron === undefined) === (rate === undefined)) throw invalid(`${name}: give exactly one of cron and rate.`);
    if (rate !== undefined && !RATE.test(rate))
      throw invalid(`${name}: rate is "${rate}"; write "5 minutes" or "1 day".`);
    if (cron !== undefined && !isCron(cron)) {
      throw invalid(`${name}: cron is "${cron}"; write six fields, one of the days as ?: "0 9 ? * MON-FRI *".`);
    }
    if (timezone !== undefined) checkTimezone(name, timezone);
    return Object.freeze({
      id,
      ...defined({ cron, rate, timezone }),
      ...(input === undefined ? {} : { input: checkJson(input, `the input of ${name}`) }),
    });
  });
}

/** EventBridge accepts a day of the month or a day of the week, not both. */
function isCron(cron: string): boolean {
  const [, , day, , weekday] = cron.split(' ');
  return CRON.test(cron) && (day === '?') !== (weekday === '?');
}

function checkTimezone(name: string, timezone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
  } catch {
    throw invalid(`${name}: there is no timezone "${timezone}". Write an IANA name, such as "Europe/Berlin".`);
  }
}

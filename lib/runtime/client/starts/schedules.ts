/** The schedules of flows, and what each started last. */
import { defined } from '../../../defined.ts';
import { attributionOf } from '../../../engine/outside/attribution.ts';
import { BY_SCHEDULE } from '../../../engine/values/attributes.ts';
import { FlowError } from '../../../errors/errors.ts';
import type { Json } from '../../../flow/json.ts';
import type { ExecutionRecord } from '../../../ports/execution-store.ts';
import type { Ports } from '../../../ports/ports.ts';
import { type App, currentFlow, currentFlows } from '../../app/app.ts';
import { checkId } from '../../app/checks/checks.ts';
import { iso } from '../../app/checks/times.ts';
import { checkOptions } from '../call-options.ts';
import type { Client, ScheduleView } from '../types.ts';
import type { Starts } from './starts.ts';

interface Tools {
  readonly start: Starts['start'];
  status(record: ExecutionRecord): NonNullable<ScheduleView['last']>['status'];
}

/** @param ports stores in which deleted executions are not there */
export function createSchedules(app: App, ports: Ports, tools: Tools): Pick<Client, 'schedules' | 'trigger'> {
  const lastOf = async (flow: string, id: string): Promise<ExecutionRecord | undefined> => {
    const [found] = await ports.attributes.find({ flow, name: BY_SCHEDULE, value: id, limit: 1 });
    return found && ports.executions.load(found.id);
  };

  const show = async (flow: string, schedule: ReturnType<typeof currentFlow>['schedules'][number]) => {
    const { id, cron, rate, timezone = 'UTC', overlap = 'allow' } = schedule;
    const record = await lastOf(flow, id);
    const view: ScheduleView = {
      flow,
      id,
      ...defined({ cron, rate }),
      timezone,
      overlap,
      ...(record ? { last: { executionId: record.head.id, ...lastView(record) } } : {}),
    };
    return view;
  };

  const lastView = (record: ExecutionRecord) => ({
    at: iso(record.head.createdAt),
    status: tools.status(record),
    isOpen: record.head.lifecycle !== 'closed' && record.head.failure === undefined,
  });

  return {
    async schedules({ flow, id } = {}) {
      const flows = currentFlows(app).filter(({ name }) => flow === undefined || name === flow);
      const all = flows.flatMap(({ name, schedules }) => schedules.map((each) => ({ name, each })));
      const wanted = all.filter(({ each }) => id === undefined || each.id === id);
      return Promise.all(wanted.map(({ name, each }) => show(name, each)));
    },
    async trigger(flow, scheduleId, options = {}) {
      checkOptions('trigger', options);
      const { schedules } = currentFlow(app, flow);
      const schedule = schedules.find(({ id }) => id === scheduleId);
      if (!schedule) {
        const known = schedules.length > 0 ? `It has ${schedules.map(({ id }) => id).join(', ')}.` : 'It has none.';
        throw new FlowError('unknown_flow', `Flow "${flow}" has no schedule "${scheduleId}". ${known}`, {
          details: { flow },
        });
      }
      const { id = ports.entropy.id(), ...caller } = options;
      const startedBy = { schedule: scheduleId, ...attributionOf(caller) };
      return tools.start(flow, (schedule.input ?? null) as Json, checkId(id), { startedBy });
    },
  };
}

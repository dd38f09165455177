import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { scheduleResources } from '../../infra/build/schedules.ts';
import { defineFlow, type FlowSchedule } from '../../lib/index.ts';

const flowWith = (schedules: readonly FlowSchedule<{ n: number }>[], name = 'tick') =>
  defineFlow({ name, input: z.object({ n: z.number() }), schedules });

const SHARED = ['ScheduleGroup', 'SchedulerRole', 'SchedulerKeyAccess'];

test('a schedule becomes an EventBridge Scheduler entry with its scheduled time', () => {
  const flow = flowWith([
    { id: 'morning', cron: '0 9 ? * MON-FRI *', timezone: 'Europe/Berlin', input: { n: 1 } },
    { id: 'often', rate: '5 minutes', input: { n: 2 } },
  ]);
  const made = scheduleResources({ flows: [flow] });
  assert.deepEqual(Object.keys(made), ['TickMorningStart', 'TickOftenStart', ...SHARED]);
  const Entry = z.object({
    Type: z.literal('AWS::Scheduler::Schedule'),
    Properties: z.object({
      ScheduleExpression: z.string(),
      ScheduleExpressionTimezone: z.string(),
      GroupName: z.object({ Ref: z.literal('ScheduleGroup') }),
      Target: z.object({ Input: z.string(), DeadLetterConfig: z.unknown() }),
    }),
  });
  const morning = Entry.parse(made.TickMorningStart).Properties;
  assert.deepEqual(
    { ScheduleExpression: morning.ScheduleExpression, ScheduleExpressionTimezone: morning.ScheduleExpressionTimezone },
    { ScheduleExpression: 'cron(0 9 ? * MON-FRI *)', ScheduleExpressionTimezone: 'Europe/Berlin' },
  );
  assert.deepEqual(JSON.parse(morning.Target.Input), {
    start: { flow: 'tick', schedule: 'morning', scheduledTime: '<aws.scheduler.scheduled-time>', input: { n: 1 } },
  });
  assert.deepEqual(morning.Target.DeadLetterConfig, { Arn: { 'Fn::GetAtt': ['ScheduleDeadLetterQueue', 'Arn'] } });
  const often = Entry.parse(made.TickOftenStart).Properties;
  assert.deepEqual(
    { ScheduleExpression: often.ScheduleExpression, ScheduleExpressionTimezone: often.ScheduleExpressionTimezone },
    { ScheduleExpression: 'rate(5 minutes)', ScheduleExpressionTimezone: 'UTC' },
  );
  for (const id of ['SchedulerRole', 'SchedulerKeyAccess']) assert.ok(!JSON.stringify(made[id]).includes('*'), id);
  assert.match(JSON.stringify(made.SchedulerRole), /"PermissionsBoundary"/);
  // Encrypted with the stage's own key, if there is one.
  assert.match(JSON.stringify(made.SchedulerKeyAccess), /"Condition":"HasKey".*"kms:Decrypt","kms:GenerateDataKey"/);
});

test('an app without schedules adds nothing', () => {
  assert.deepEqual(scheduleResources({ flows: [flowWith([])] }), {});
});

test('two ids that map to one resource are refused', () => {
  const flow = flowWith([
    { id: 'a-b', rate: '1 hour' },
    { id: 'aB', rate: '1 hour' },
  ]);
  assert.throws(() => scheduleResources({ flows: [flow] }), /TickABStart/);
});

test('the latest version of a flow defines its schedules', () => {
  const flows = ['1 hour', '2 hours'].map((rate) => flowWith([{ id: 'a', rate, input: { n: 1 } }]));
  const { Properties } = z
    .object({ Properties: z.object({ ScheduleExpression: z.string() }) })
    .parse(scheduleResources({ flows }).TickAStart);
  assert.equal(Properties.ScheduleExpression, 'rate(2 hours)');
});

test('invalid schedules are refused in the flow definition', () => {
  const wrong: readonly (readonly [FlowSchedule<{ n: number }>, RegExp])[] = [
    [{ id: 'a b', rate: '1 hour' }, /id .*matches/],
    [{ id: 'a' }, /exactly one of cron and rate/],
    [{ id: 'a', rate: '1 hour', cron: '0 9 * * ? *' }, /exactly one of cron and rate/],
    [{ id: 'a', rate: '1 hours' }, /rate of .* is "1 hours"/],
    [{ id: 'a', rate: '30 seconds' }, /rate of/],
    [{ id: 'a', cron: '0 9 * * *' }, /six fields/],
    [{ id: 'a', cron: '0 9 * * * *' }, /one of the days/],
    [{ id: 'a', cron: '0 9 ? * ? *' }, /one of the days/],
    [{ id: 'a', rate: '1 hour', timezone: 'Mars/Base' }, /timezone of .* "Mars\/Base"/],
  ];
  for (const [schedule, problem] of wrong) {
    assert.throws(() => flowWith([schedule]), { code: 'definition_invalid', message: problem });
  }
  const twice = [{ id: 'a', rate: '1 hour' } as const, { id: 'a', rate: '2 hours' } as const];
  assert.throws(() => flowWith(twice), /defined twice/);
});

test('a schedule does not change the fingerprint', () => {
  assert.equal(flowWith([{ id: 'a', rate: '1 hour' }]).fingerprint, flowWith([]).fingerprint);
});

const cronOf = (cron: string) => () => scheduleResources({ flows: [flowWith([{ id: 'x', cron, input: { n: 1 } }])] });

test('an unsupported cron expression is refused, naming flow, schedule and field', () => {
  const wrong: readonly (readonly [cron: string, field: string])[] = [
    ['60 3 * * ? *', 'minutes is "60"; it takes 0 to 59'],
    ['? 3 * * ? *', 'minutes'],
    ['0/0 3 * * ? *', 'minutes'],
    ['0/5/2 3 * * ? *', 'minutes'],
    [', 3 * * ? *', 'minutes'],
    ['0 24 * * ? *', 'hours'],
    ['0 9- * * ? *', 'hours'],
    ['0 17-9 * * ? *', 'hours'],
    ['0 3 0 * ? *', 'day-of-month'],
    ['0 3 32 * ? *', 'day-of-month'],
    ['0 3 32W * ? *', 'day-of-month'],
    ['0 3 1,? * ? *', 'day-of-month'],
    ['0 3 MON * ? *', 'day-of-month'],
    ['0 3 1 13 ? *', 'month is "13"; it takes 1 to 12 or JAN to DEC'],
    ['0 3 1 JANUARY ? *', 'month'],
    ['0 3 ? * 0 *', 'day-of-week is "0"; it takes 1 to 7 or SUN to SAT'],
    ['0 3 ? * FRI#6 *', 'day-of-week'],
    ['0 3 ? * MON#1,MON#3 *', 'day-of-week'],
    ['0 3 ? * */2 *', 'day-of-week'],
    ['0 3 1 * ? 1969', 'year'],
    ['0 3 1 * ? 2026-2200', 'year'],
  ];
  for (const [cron, field] of wrong) {
    assert.throws(cronOf(cron), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'definition_invalid');
      assert.ok(
        error.message.startsWith(`Schedule "x" of flow "tick": cron is "${cron}", of which ${field}`),
        error.message,
      );
      return true;
    });
  }
});

test('the supported forms of cron pass', () => {
  const right = ['* * * * ? *', '0/15,7 8-18/2 ? JAN-MAR,12 MON-FRI,1 2026,2030-2199', '59 23 31 dec ? 1970'];
  const days = ['0 3 L * ? *', '0 3 LW * ? *', '0 3 15W * ? *', '0 3 1,15 * ? *', '0 3 1-28/7 * ? *', '0 3 */3 * ? *'];
  const weekdays = ['0 3 ? * L *', '0 3 ? * 6L *', '0 3 ? * friL *', '0 3 ? * 3#2 *', '0 3 ? * FRI#5 *', '0 3 ? * * *'];
  for (const cron of [...right, ...days, ...weekdays]) assert.doesNotThrow(cronOf(cron), cron);
});

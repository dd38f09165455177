/** The schedules that flows declare, as EventBridge Scheduler entries of the stack. */
import type { App } from '../lib/index.ts';

/** EventBridge Scheduler puts the time there at which the start was due. */
const SCHEDULED_TIME = '<aws.scheduler.scheduled-time>';

const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });

/** Resources for CloudFormation; none at all for an app without schedules. */
export function scheduleResources({ flows }: Pick<App, 'flows'>): Readonly<Record<string, unknown>> {
  const entries = flows.flatMap((flow) =>
    flow.schedules.map(({ id, cron, rate, timezone = 'UTC', input }) => {
      const start = {
        flow: flow.name,
        schedule: id,
        scheduledTime: SCHEDULED_TIME,
        ...(input === undefined ? {} : { input }),
      };
      const resource = {
        Type: 'AWS::Scheduler::Schedule',
        Properties: {
          Description: `Starts ${flow.name} (${id})`,
          ScheduleExpression: cron === undefined ? `rate(${rate})` : `cron(${cron})`,
          ScheduleExpressionTimezone: timezone,
          FlexibleTimeWindow: { Mode: 'OFF' },
          Target: {
            Arn: arnOf('ScheduleLambdaFunction'),
            RoleArn: arnOf('SchedulerRole'),
            Input: JSON.stringify({ start }),
            DeadLetterConfig: { Arn: arnOf('ScheduleDeadLetterQueue') },
          },
        },
      };
      return [`${logical(flow.name)}${logical(id)}Start`, resource] as const;
    }),
  );
  const twice = entries.find(([id], i) => entries.findIndex(([other]) => other === id) < i)?.[0];
  if (twice) throw new Error(`Two schedules become the resource ${twice}. Let their ids differ in letters or digits.`);
  return entries.length === 0 ? {} : { ...Object.fromEntries(entries), SchedulerRole: ROLE };
}

/** A logical id has letters and digits only. */
function logical(name: string): string {
  return name.replaceAll(/(?:^|[^A-Za-z0-9]+)([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

const ROLE = {
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'scheduler.amazonaws.com' },
          Action: 'sts:AssumeRole',
          Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
        },
      ],
    },
    Policies: [
      {
        PolicyName: 'start',
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Action: 'lambda:InvokeFunction', Resource: arnOf('ScheduleLambdaFunction') },
            { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: arnOf('ScheduleDeadLetterQueue') },
          ],
        },
      },
    ],
  },
};

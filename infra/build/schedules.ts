/** The schedules that flows declare, as EventBridge Scheduler entries of the stack. */
import type { ScheduledStart } from '../../lib/flow/options/calls.ts';
import { type App, FlowError, type Json } from '../../lib/index.ts';
import { currentFlows } from '../../lib/runtime/app/app.ts';
import { cronProblem } from './cron.ts';

/** EventBridge Scheduler replaces this text by the time at which the start was due. */
export const SCHEDULED_TIME = '<aws.scheduler.scheduled-time>';

const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const NOTHING = { Ref: 'AWS::NoValue' };
/** Schedule group, so that one permission covers exactly the schedules of a stage. osls fills in the variables. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of serverless.yml
const GROUP = '${self:service}-${sls:stage}';

/**
 * Resources for CloudFormation; none at all for an app without schedules.
 * @throws FlowError `definition_invalid` for a cron expression that EventBridge Scheduler does not take
 */
export function scheduleResources(app: Pick<App, 'flows'>): Readonly<Record<string, unknown>> {
  const entries = currentFlows(app).flatMap((flow) =>
    flow.schedules.map(({ id, cron, rate, timezone = 'UTC', input }) => {
      const problem = cron === undefined ? undefined : cronProblem(cron);
      if (problem) {
        throw new FlowError(
          'definition_invalid',
          `Schedule "${id}" of flow "${flow.name}": cron is "${cron}", of which ${problem}.`,
          { details: { flow: flow.name, schedule: id } },
        );
      }
      const start: ScheduledStart = {
        flow: flow.name,
        schedule: id,
        scheduledTime: SCHEDULED_TIME,
        ...(input === undefined ? {} : { input: input as Json }),
      };
      const resource = {
        Type: 'AWS::Scheduler::Schedule',
        Properties: {
          GroupName: { Ref: 'ScheduleGroup' },
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
  return entries.length === 0 ? {} : { ...Object.fromEntries(entries), ...SHARED };
}

/** A logical id has letters and digits only. */
function logical(name: string): string {
  return name.replaceAll(/(?:^|[^A-Za-z0-9]+)([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

const ROLE = {
  Type: 'AWS::IAM::Role',
  Properties: {
    PermissionsBoundary: { 'Fn::If': ['HasBoundary', { Ref: 'BoundaryArn' }, NOTHING] },
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

/** The dead-letter queue is encrypted with the stage's KMS key, if there is one. */
const KEY_ACCESS = {
  Type: 'AWS::IAM::Policy',
  Condition: 'HasKey',
  Properties: {
    PolicyName: 'key',
    Roles: [{ Ref: 'SchedulerRole' }],
    PolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: { Ref: 'KeyArn' } }],
    },
  },
};

const SHARED = {
  ScheduleGroup: { Type: 'AWS::Scheduler::ScheduleGroup', Properties: { Name: GROUP } },
  SchedulerRole: ROLE,
  SchedulerKeyAccess: KEY_ACCESS,
};

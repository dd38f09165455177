/** What keeps a stage safe and seen while it runs: limits, dead letters, transport, logs, alarms, and what prod has more. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { z } from 'zod';
import { type Packaged, packageAside } from './packaged.ts';

const arnOf = (id: string) => ({ 'Fn::GetAtt': [id, 'Arn'] });
const JWT = ['authorizer=jwt', 'jwtIssuer=https://issuer.example.com', 'jwtAudience=flows'];

let dev: Packaged;
let prod: Packaged;
before(async () => {
  dev = await packageAside();
  prod = await packageAside(['--stage', 'prod', ...JWT.flatMap((param) => ['--param', param])]);
});

test('the HTTP API is throttled, and its access logs name routes, never paths, which hold tokens', () => {
  const { properties: stage } = dev.named('HttpApiStage');
  const { ThrottlingRateLimit, ThrottlingBurstLimit } = z
    .object({ ThrottlingRateLimit: z.number(), ThrottlingBurstLimit: z.number() })
    .parse(stage.DefaultRouteSettings);
  assert.ok(ThrottlingRateLimit > 0 && ThrottlingBurstLimit >= ThrottlingRateLimit);
  const { DestinationArn, Format } = z
    .object({ DestinationArn: z.unknown(), Format: z.string() })
    .parse(stage.AccessLogSettings);
  assert.deepEqual(DestinationArn, arnOf('HttpApiLogGroup'));
  assert.match(Format, /\$context\.routeKey/);
  assert.doesNotMatch(Format, /\$context\.path|authorizer|\$context\.integration\.|queryString/);
  // The status is always there; any other may be a "-". `messageString` comes with quotes of its own.
  const line = Format.replace('$context.status', '202').replaceAll(/\$context\.[\w.]+/g, '-');
  assert.equal((JSON.parse(line) as Record<string, unknown>).error, '-');
  assert.doesNotMatch(Format, /messageString/);
});

test('api and callback have concurrency of their own, the step function has a cap on its queue', () => {
  for (const id of ['ApiLambdaFunction', 'CallbackLambdaFunction']) {
    assert.deepEqual(dev.named(id).properties.ReservedConcurrentExecutions, {
      'Fn::If': ['HasHttpReserved', { Ref: 'HttpReserved' }, { Ref: 'AWS::NoValue' }],
    });
  }
  assert.equal(dev.parameters.HttpReserved, 20);
  const [mapping] = dev.ofType('AWS::Lambda::EventSourceMapping');
  assert.equal(mapping?.properties.Enabled, true);
});

test('messages outlast a stop of the work, and less than what is put aside', () => {
  const [wake = 0, dead = 0] = ['WakeQueue', 'DeadLetterQueue'].map((id) =>
    Number(dev.named(id).properties.MessageRetentionPeriod),
  );
  assert.equal(wake, 10 * 24 * 3600);
  assert.ok(wake < dead);
});

test('whatever is given up lands in a dead-letter queue that keeps it for two weeks', () => {
  const schedule = dev.named('ScheduleLambdaFunction').properties;
  assert.deepEqual(schedule.DeadLetterConfig, { TargetArn: arnOf('ScheduleDeadLetterQueue') });
  for (const { id, properties } of dev.ofType('AWS::SQS::Queue')) {
    const isLast = id.endsWith('DeadLetterQueue');
    assert.equal('RedrivePolicy' in properties, !isLast, id);
    if (isLast) assert.equal(properties.MessageRetentionPeriod, 14 * 24 * 3600, id);
  }
});

test('every queue refuses plain HTTP', () => {
  const [policy, ...others] = dev.ofType('AWS::SQS::QueuePolicy');
  assert.deepEqual(others, []);
  const ids = dev.ofType('AWS::SQS::Queue').map(({ id }) => id);
  assert.deepEqual(
    policy?.properties.Queues,
    ids.map((id) => ({ Ref: id })),
  );
  const { Statement } = z
    .object({ Statement: z.array(z.record(z.string(), z.unknown())) })
    .parse(policy?.properties.PolicyDocument);
  assert.deepEqual(Statement, [
    {
      Sid: 'DenyPlainHttp',
      Effect: 'Deny',
      Principal: '*',
      Action: 'sqs:*',
      Resource: ids.map(arnOf),
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    },
  ]);
});

test('every alarm that was agreed on is there and goes to the topic, if there is one', () => {
  const alarms = dev.ofType('AWS::CloudWatch::Alarm');
  assert.deepEqual(alarms.map(({ id }) => id.replace(/Alarm$/, '')).sort(), [
    ...[
      'AnnounceErrors',
      'AnnounceThrottles',
      'ApiThrottles',
      'BlockedExecutions',
      'CallbackThrottles',
      'DeadLetters',
      'FailedExecutions',
      'HopBudget',
    ],
    ...[
      'IndexThrottles',
      'InvocationsPerExecution',
      'OldestMessage',
      'ScheduleDeadLetters',
      'ScheduleThrottles',
      'ServerErrors',
    ],
    ...['StepErrors', 'StepThrottles', 'SweepErrors', 'SweepMissed', 'TableReadThrottles', 'TableWriteThrottles'],
  ]);
  const topic = { 'Fn::If': ['HasAlarmTopic', [{ Ref: 'AlarmTopicArn' }], { Ref: 'AWS::NoValue' }] };
  for (const { id, properties } of alarms) assert.deepEqual(properties.AlarmActions, topic, id);
});

test('silence is bad news of the sweep, and no news of dead letters', () => {
  const missing = (id: string) => dev.named(id).properties.TreatMissingData;
  assert.equal(missing('SweepMissedAlarm'), 'breaching');
  for (const id of ['DeadLettersAlarm', 'ScheduleDeadLettersAlarm']) assert.equal(missing(id), 'ignore');
  const { Namespace, Dimensions } = dev.named('SweepMissedAlarm').properties;
  const [{ id: rule } = { id: '' }] = dev.ofType('AWS::Events::Rule');
  // The function runs for scheduled starts, too: only the rule's own metric tells of the sweep.
  assert.deepEqual(
    { Namespace, Dimensions },
    { Namespace: 'AWS/Events', Dimensions: [{ Name: 'RuleName', Value: { Ref: rule } }] },
  );
});

test('no timer and no long batch looks like a message that waits', () => {
  const longestDelay = 900;
  const { Threshold } = dev.named('OldestMessageAlarm').properties;
  assert.ok(Number(Threshold) >= longestDelay + Number(dev.named('StepLambdaFunction').properties.Timeout));
});

const Query = z.object({
  Id: z.string(),
  Expression: z.string().optional(),
  MetricStat: z
    .object({ Metric: z.object({ Dimensions: z.array(z.object({ Value: z.unknown() })).default([]) }) })
    .optional(),
});

test('every index of the table is watched for throttling', () => {
  const { GlobalSecondaryIndexes } = z
    .object({ GlobalSecondaryIndexes: z.array(z.object({ IndexName: z.string() })) })
    .parse(dev.named('FlowTable').properties);
  const metrics = z.array(Query).parse(dev.named('IndexThrottlesAlarm').properties.Metrics);
  const watched = metrics.flatMap(({ MetricStat }) => MetricStat?.Metric.Dimensions[1]?.Value ?? []);
  const names = GlobalSecondaryIndexes.map(({ IndexName }) => IndexName);
  assert.deepEqual(watched.sort(), [...names, ...names].sort());
});

test('a flow that runs in circles is seen while nobody calls', () => {
  const [ratio] = z.array(Query).parse(dev.named('InvocationsPerExecutionAlarm').properties.Metrics);
  // What is missing makes the whole expression missing, unless it is filled in.
  assert.doesNotMatch(ratio?.Expression?.replaceAll(/FILL\(started, \d\)/g, '') ?? 'started', /started/);
});

test('alarms on metrics of the logs have a filter that makes them', () => {
  const Filter = z.object({
    MetricTransformations: z.tuple([z.object({ MetricNamespace: z.string(), MetricName: z.string() })]),
  });
  const made = dev.ofType('AWS::Logs::MetricFilter').map(({ properties }) => {
    const [{ MetricNamespace, MetricName }] = Filter.parse(properties).MetricTransformations;
    return `${MetricNamespace} ${MetricName}`;
  });
  const own = dev
    .ofType('AWS::CloudWatch::Alarm')
    .filter(({ properties }) => String(properties.Namespace).startsWith('durable-triggerflow/'))
    .map(({ properties }) => `${properties.Namespace} ${properties.MetricName}`);
  assert.equal(own.length, 3);
  for (const metric of own) assert.ok(made.includes(metric), metric);
});

test('failures and starts are counted wherever they are committed', () => {
  const Filter = z.object({
    LogGroupName: z.object({ Ref: z.string() }),
    MetricTransformations: z.tuple([z.object({ MetricName: z.string() })]),
  });
  const filters = dev.ofType('AWS::Logs::MetricFilter').map(({ properties }) => Filter.parse(properties));
  const groupsOf = (metric: string) =>
    filters.filter((each) => each.MetricTransformations[0].MetricName === metric).map((each) => each.LogGroupName.Ref);
  assert.deepEqual(groupsOf('FailedExecutions').sort(), ['ApiLogGroup', 'CallbackLogGroup', 'StepLogGroup']);
  assert.deepEqual(groupsOf('StartedExecutions').sort(), ['HttpApiLogGroup', 'ScheduleLogGroup']);
});

test('the dashboard is JSON once its references are filled in', () => {
  const { DashboardBody } = dev.named('Dashboard').properties;
  const { 'Fn::Sub': body } = z.object({ 'Fn::Sub': z.string() }).parse(DashboardBody);
  const { widgets } = z.object({ widgets: z.array(z.object({ type: z.literal('metric') })) }).parse(JSON.parse(body));
  assert.equal(widgets.length, 9);
});

test('prod keeps its table, its logs for longer, and takes JWTs when it is told to', () => {
  assert.equal(dev.named('FlowTable').properties.DeletionProtectionEnabled, false);
  assert.equal(prod.named('FlowTable').properties.DeletionProtectionEnabled, true);
  for (const { id, properties } of prod.ofType('AWS::Logs::LogGroup')) assert.equal(properties.RetentionInDays, 90, id);
  const [authorizer] = prod.ofType('AWS::ApiGatewayV2::Authorizer');
  assert.deepEqual(authorizer?.properties.JwtConfiguration, {
    Issuer: 'https://issuer.example.com',
    Audience: ['flows'],
  });
  for (const { properties } of prod.ofType('AWS::ApiGatewayV2::Route')) {
    const open = String(properties.RouteKey).includes('/callbacks/');
    assert.equal(properties.AuthorizationType, open ? undefined : 'JWT', String(properties.RouteKey));
  }
});

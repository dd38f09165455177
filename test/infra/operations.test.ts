/** Operational settings of a stage: limits, dead-letter queues, TLS, logs, alarms, and the extra settings of prod. */
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
  // Only `status` is always present; other fields may be "-". `messageString` brings its own quotes.
  const line = Format.replace('$context.status', '202').replaceAll(/\$context\.[\w.]+/g, '-');
  assert.equal((JSON.parse(line) as Record<string, unknown>).error, '-');
  assert.doesNotMatch(Format, /messageString/);
});

test('a stage gives api and callback reserved concurrency, and caps the step function at its queue', () => {
  for (const id of ['ApiLambdaFunction', 'CallbackLambdaFunction']) {
    assert.deepEqual(dev.named(id).properties.ReservedConcurrentExecutions, {
      'Fn::If': ['HasHttpReserved', { Ref: 'HttpReserved' }, { Ref: 'AWS::NoValue' }],
    });
  }
  assert.equal(dev.parameters.HttpReserved, 20);
  const [mapping] = dev.ofType('AWS::Lambda::EventSourceMapping');
  assert.equal(mapping?.properties.Enabled, true);
});

test('a stage keeps messages longer than a pause of the work, and shorter than the dead-letter queue', () => {
  const [wake = 0, dead = 0] = ['WakeQueue', 'DeadLetterQueue'].map((id) =>
    Number(dev.named(id).properties.MessageRetentionPeriod),
  );
  assert.equal(wake, 10 * 24 * 3600);
  assert.ok(wake < dead);
});

test("a stage sends every discarded event to a dead-letter queue with two weeks' retention", () => {
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

test('a stage has every agreed alarm, with the topic as its action if there is one', () => {
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

test('a stage treats missing data as an alarm for the sweep, and as fine for dead letters', () => {
  const missing = (id: string) => dev.named(id).properties.TreatMissingData;
  assert.equal(missing('SweepMissedAlarm'), 'breaching');
  for (const id of ['DeadLettersAlarm', 'ScheduleDeadLettersAlarm']) assert.equal(missing(id), 'ignore');
  const { Namespace, Dimensions } = dev.named('SweepMissedAlarm').properties;
  const [{ id: rule } = { id: '' }] = dev.ofType('AWS::Events::Rule');
  // The function also runs for scheduled starts: only the rule's metric shows the sweep.
  assert.deepEqual(
    { Namespace, Dimensions },
    { Namespace: 'AWS/Events', Dimensions: [{ Name: 'RuleName', Value: { Ref: rule } }] },
  );
});

test('a stage excludes timers and long batches from the age alarm', () => {
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

test('a stage alarms on throttling of every index of the table', () => {
  const { GlobalSecondaryIndexes } = z
    .object({ GlobalSecondaryIndexes: z.array(z.object({ IndexName: z.string() })) })
    .parse(dev.named('FlowTable').properties);
  const metrics = z.array(Query).parse(dev.named('IndexThrottlesAlarm').properties.Metrics);
  const watched = metrics.flatMap(({ MetricStat }) => MetricStat?.Metric.Dimensions[1]?.Value ?? []);
  const names = GlobalSecondaryIndexes.map(({ IndexName }) => IndexName);
  assert.deepEqual(watched.sort(), [...names, ...names].sort());
});

test('a stage alarms on a looping flow without outside calls', () => {
  const [ratio] = z.array(Query).parse(dev.named('InvocationsPerExecutionAlarm').properties.Metrics);
  // A missing metric makes the whole expression missing, unless it is filled.
  assert.doesNotMatch(ratio?.Expression?.replaceAll(/FILL\(started, \d\)/g, '') ?? 'started', /started/);
});

test('a stage has a metric filter for every alarm on log metrics', () => {
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

test('a stage counts failures and starts at every commit', () => {
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

test('a stage has a dashboard that is valid JSON with its references filled in', () => {
  const { DashboardBody } = dev.named('Dashboard').properties;
  const { 'Fn::Sub': body } = z.object({ 'Fn::Sub': z.string() }).parse(DashboardBody);
  const { widgets } = z.object({ widgets: z.array(z.object({ type: z.literal('metric') })) }).parse(JSON.parse(body));
  assert.equal(widgets.length, 9);
});

test('a stage gives prod a retained table, longer logs and optional JWTs', () => {
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

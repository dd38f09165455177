import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { z } from 'zod';
import { ROOT } from '../../infra/roots.ts';
import { isOpen, OPEN, PERMISSIONS, routesOf } from './api-routes.ts';
import { namesIn, type Packaged, packageAside, type Resource } from './packaged.ts';

const FUNCTION = 'AWS::Lambda::Function';
const NOTHING = { Ref: 'AWS::NoValue' };
const OWN_KEY = { 'Fn::If': ['HasKey', { Ref: 'KeyArn' }, NOTHING] };

let template: Packaged;
before(async () => {
  template = await packageAside();
});

const Statement = z.object({
  Effect: z.enum(['Allow', 'Deny']),
  Action: z.union([z.string(), z.array(z.string())]).transform((action) => [action].flat()),
  Resource: z.unknown().transform((resource) => [resource].flat()),
});
const Role = z.object({
  ManagedPolicyArns: z.array(z.unknown()).default([]),
  Policies: z.array(z.object({ PolicyDocument: z.object({ Statement: z.array(Statement) }) })),
});

function statementsOf(role: Resource) {
  return Role.parse(role.properties).Policies.flatMap((policy) => policy.PolicyDocument.Statement);
}

function roleOf(fn: Resource): string {
  const role = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) }).parse(fn.properties.Role);
  return role['Fn::GetAtt'][0];
}

function actionsOf(id: string): string[] {
  return statementsOf(template.named(id)).flatMap((statement) => statement.Action);
}

test('the template has five functions, on arm64 and nodejs24.x', () => {
  const functions = template.ofType(FUNCTION);
  const ids = functions.map((fn) => fn.id).sort();
  assert.deepEqual(ids, [
    'AnnounceLambdaFunction',
    'ApiLambdaFunction',
    'CallbackLambdaFunction',
    'ScheduleLambdaFunction',
    'StepLambdaFunction',
  ]);
  for (const { properties } of functions) {
    assert.deepEqual(properties.Architectures, ['arm64']);
    assert.equal(properties.Runtime, 'nodejs24.x');
  }
});

test('the template gives each function its own bundle only', () => {
  for (const [name, zip] of template.zips) {
    assert.deepEqual(namesIn(zip), [`dist/${name}/index.mjs`]);
    assert.ok(zip.length <= 220 * 1024, `${name}.zip has ${zip.length} bytes, over 220 KB`);
  }
});

test('the template allows loops for every function that reaches the queue', () => {
  for (const fn of template.ofType(FUNCTION)) {
    const reachesQueue = actionsOf(roleOf(fn)).some((action) => action.startsWith('sqs:'));
    if (reachesQueue) assert.equal(fn.properties.RecursiveLoop, 'Allow', fn.id);
  }
  assert.ok(actionsOf('StepRole').includes('sqs:ReceiveMessage'));
});

test('the template protects every route with IAM except the callbacks, which have tokens', () => {
  for (const [route, { AuthorizationType, AuthorizationScopes }] of routesOf(template)) {
    assert.equal(AuthorizationType, isOpen(route) ? undefined : 'AWS_IAM', route);
    assert.equal(AuthorizationScopes, undefined, route);
  }
});

test('the template asks for the scope of every route with JWT, with the prefix of the stage', async () => {
  const jwt = ['authorizer=jwt', 'jwtIssuer=https://issuer.example.com', 'jwtAudience=flows'];
  for (const prefix of ['', 'flows/']) {
    const params = [...jwt, ...(prefix ? [`jwtScopePrefix=${prefix}`] : [])];
    const made = await packageAside(params.flatMap((param) => ['--param', param]));
    const [{ id } = assert.fail('no authorizer'), ...others] = made.ofType('AWS::ApiGatewayV2::Authorizer');
    assert.deepEqual(others, []);
    for (const [route, asked] of routesOf(made)) {
      if (isOpen(route))
        assert.deepEqual(
          { AuthorizationType: asked.AuthorizationType, AuthorizerId: asked.AuthorizerId },
          { AuthorizationType: undefined, AuthorizerId: undefined },
          route,
        );
      else
        assert.deepEqual(
          { AuthorizationType: asked.AuthorizationType, AuthorizerId: asked.AuthorizerId },
          { AuthorizationType: 'JWT', AuthorizerId: { Ref: id } },
          route,
        );
      assert.deepEqual(
        asked.AuthorizationScopes,
        isOpen(route) ? undefined : [`${prefix}${PERMISSIONS[route]}`],
        route,
      );
    }
  }
});

test('the template has only routes with a known permission', () => {
  const known = [...Object.keys(PERMISSIONS), ...OPEN].sort();
  assert.deepEqual([...routesOf(template).keys()].sort(), known);
});

test('the template documents the routes of each permission on the security page', async () => {
  const page = await readFile(join(ROOT, 'infra/SECURITY.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(read|write|answer|admin|bulk)` \| ([^|]+)\|/gm)];
  const documented = rows.flatMap(([, permission, cell = '']) =>
    [...cell.matchAll(/`([A-Z]+ [^`]+)`/g)].map(([, route]) => [route, permission] as const),
  );
  assert.deepEqual(Object.fromEntries(documented), PERMISSIONS);
});

test('the template has one role per function and no others', () => {
  const used = template.ofType(FUNCTION).map(roleOf);
  const roles = template.ofType('AWS::IAM::Role').map((role) => role.id);
  assert.equal(new Set(used).size, used.length);
  assert.deepEqual(used.sort(), roles.sort());
});

test('allows a permissions boundary on every role', () => {
  for (const { id, properties } of template.ofType('AWS::IAM::Role')) {
    assert.deepEqual(
      properties.PermissionsBoundary,
      { 'Fn::If': ['HasBoundary', { Ref: 'BoundaryArn' }, NOTHING] },
      id,
    );
  }
});

test('the template has no wildcard in any role', () => {
  for (const role of template.ofType('AWS::IAM::Role')) {
    assert.deepEqual(Role.parse(role.properties).ManagedPolicyArns, [], role.id);
    for (const statement of statementsOf(role)) {
      assert.equal(statement.Effect, 'Allow');
      assert.ok(statement.Resource.length > 0);
      assert.ok(!JSON.stringify(statement).includes('*'), `${role.id}: ${JSON.stringify(statement)}`);
    }
  }
  const policies = template.ofType('AWS::IAM::Policy');
  assert.deepEqual(policies.map(({ id }) => id).sort(), ['KeyAccess', 'ValueBucketAccess']);
  for (const { id, properties } of policies) {
    // The keys of objects begin with the stage, and have the ids of executions.
    const text = JSON.stringify(properties).replace('/durable-triggerflow/dev/*', '');
    assert.ok(!text.includes('*'), id);
  }
});

test('the template grants only needed permissions: one log group each, no scan, the key only for token functions', () => {
  for (const fn of template.ofType(FUNCTION)) {
    const name = fn.id.replace('LambdaFunction', '');
    const logs = statementsOf(template.named(roleOf(fn))).filter(({ Action }) =>
      Action.some((a) => a.startsWith('logs:')),
    );
    assert.deepEqual(
      logs.flatMap(({ Resource }) => Resource),
      [{ 'Fn::GetAtt': [`${name}LogGroup`, 'Arn'] }],
    );
    const actions = actionsOf(roleOf(fn));
    assert.ok(!actions.some((action) => /dynamodb:(Scan|DeleteTable|Create|UpdateTable)|iam:/.test(action)), fn.id);
    assert.equal(actions.includes('dynamodb:DeleteItem'), name === 'Step', fn.id);
    assert.equal(actions.includes('ssm:GetParameter'), ['Api', 'Callback', 'Announce'].includes(name), fn.id);
  }
});

test('the template hides a message for at least the function timeout, and dead-letters it after ten receives', () => {
  for (const [queueId, fn] of [
    ['WakeQueue', 'Step'],
    ['AnnounceQueue', 'Announce'],
  ] as const) {
    const { properties: queue } = template.named(queueId);
    const { Timeout } = template.named(`${fn}LambdaFunction`).properties;
    assert.ok(Number(queue.VisibilityTimeout) >= Number(Timeout), queueId);
    const redrive = z
      .object({ deadLetterTargetArn: z.unknown(), maxReceiveCount: z.number() })
      .parse(queue.RedrivePolicy);
    assert.deepEqual(redrive.deadLetterTargetArn, { 'Fn::GetAtt': ['DeadLetterQueue', 'Arn'] });
    assert.ok(redrive.maxReceiveCount >= 10, queueId);
  }
});

test('the template gives queue functions batches, partial responses and a concurrency cap', () => {
  const caps: Record<string, unknown> = {};
  for (const { id, properties } of template.ofType('AWS::Lambda::EventSourceMapping')) {
    assert.deepEqual(properties.FunctionResponseTypes, ['ReportBatchItemFailures'], id);
    assert.equal(properties.BatchSize, 10, id);
    caps[id.replace(/EventSourceMapping.*/, '')] = properties.ScalingConfig;
  }
  assert.deepEqual(caps, { Step: { MaximumConcurrency: 50 }, Announce: { MaximumConcurrency: 10 } });
});

test('the template ends HTTP functions before the 30 seconds of an HTTP API', () => {
  for (const id of ['ApiLambdaFunction', 'CallbackLambdaFunction']) {
    assert.ok(Number(template.named(id).properties.Timeout) < 30);
  }
});

test('the template runs the sweep every minute and ends it before the next one', () => {
  const [rule, ...others] = template.ofType('AWS::Events::Rule');
  assert.equal(others.length, 0);
  assert.equal(rule?.properties.ScheduleExpression, 'rate(1 minute)');
  assert.ok(Number(template.named('ScheduleLambdaFunction').properties.Timeout) < 60);
});

test('the template has an on-demand table with encryption, PITR, TTL and keys-only indexes', () => {
  const { properties: table } = template.named('FlowTable');
  assert.equal(table.BillingMode, 'PAY_PER_REQUEST');
  assert.deepEqual(table.SSESpecification, { SSEEnabled: true, SSEType: 'KMS', KMSMasterKeyId: OWN_KEY });
  assert.deepEqual(table.PointInTimeRecoverySpecification, { PointInTimeRecoveryEnabled: true });
  assert.deepEqual(table.TimeToLiveSpecification, { AttributeName: 'ttl', Enabled: true });
  const Index = z.object({ IndexName: z.string(), Projection: z.unknown() });
  const indexes = z.array(Index).parse(table.GlobalSecondaryIndexes);
  assert.deepEqual(indexes.map((index) => index.IndexName).sort(), ['byFlow', 'inbox', 'wake']);
  for (const { Projection } of indexes) assert.deepEqual(Projection, { ProjectionType: 'KEYS_ONLY' });
});

test('the template encrypts queues', () => {
  const queues = template.ofType('AWS::SQS::Queue');
  assert.equal(queues.length, 4);
  for (const { id, properties } of queues) {
    assert.deepEqual(properties.SqsManagedSseEnabled, { 'Fn::If': ['HasKey', NOTHING, true] }, id);
    assert.deepEqual(properties.KmsMasterKeyId, OWN_KEY, id);
  }
});

test('the template deletes logs after 30 days', () => {
  const groups = template.ofType('AWS::Logs::LogGroup');
  assert.equal(groups.length, 6);
  for (const { id, properties } of groups) assert.equal(properties.RetentionInDays, 30, id);
});

test('the template adds the layer for traces, and what starts it, only where the setting names one', () => {
  const only = (value: unknown) => ({ 'Fn::If': ['HasTracesLayer', value, NOTHING] });
  for (const { id, properties } of template.ofType(FUNCTION)) {
    const { Variables } = z.object({ Variables: z.record(z.string(), z.unknown()) }).parse(properties.Environment);
    assert.deepEqual(properties.Layers, only([{ Ref: 'TracesLayer' }]), id);
    assert.deepEqual(Variables.AWS_LAMBDA_EXEC_WRAPPER, only('/opt/otel-instrument'), id);
  }
  assert.equal(template.parameters.TracesLayer, '');
});

test('the template gives rights to a bucket of values, and tells the functions of it, only where the setting names one', async () => {
  const only = (value: unknown) => ({ 'Fn::If': ['HasValueBucket', value, NOTHING] });
  const named = await packageAside(['--param', 'valueBucket=my-values', '--param', 'valueBucketWrites=no']);
  for (const [made, bucket, writes] of [
    [template, '', 'yes'],
    [named, 'my-values', 'no'],
  ] as const) {
    assert.equal(made.parameters.ValueBucket, bucket);
    assert.equal(made.named('ValueBucketAccess').condition, 'HasValueBucket');
    for (const { id, properties } of made.ofType(FUNCTION)) {
      const { Variables } = z.object({ Variables: z.record(z.string(), z.unknown()) }).parse(properties.Environment);
      assert.deepEqual(Variables.VALUE_BUCKET, only({ Ref: 'ValueBucket' }), id);
      assert.deepEqual(Variables.VALUE_BUCKET_PREFIX, only('durable-triggerflow/dev/'), id);
      assert.deepEqual(Variables.VALUE_BUCKET_WRITES, only(writes), id);
    }
  }
  const { PolicyDocument, Roles } = named.named('ValueBucketAccess').properties;
  const { Statement: statements } = z.object({ Statement: z.array(Statement) }).parse(PolicyDocument);
  assert.deepEqual(
    statements.map(({ Action }) => Action),
    [['s3:PutObject', 's3:GetObject', 's3:DeleteObject', 's3:PutObjectTagging'], ['s3:ListBucket']],
  );
  const roles = named.ofType('AWS::IAM::Role').map(({ id }) => ({ Ref: id }));
  assert.deepEqual(new Set([Roles].flat()), new Set(roles));
  for (const [name, zip] of named.zips) {
    assert.ok(zip.length > (template.zips.get(name)?.length ?? 0) + 20 * 1024, `${name}.zip has no client of S3`);
    assert.ok(zip.length <= 320 * 1024, `${name}.zip has ${zip.length} bytes, over 320 KB`);
  }
});

test('the template has no secret in the environment', () => {
  for (const { id, properties } of template.ofType(FUNCTION)) {
    const { Variables } = z.object({ Variables: z.record(z.string(), z.unknown()) }).parse(properties.Environment);
    const expected = [
      'ANNOUNCE_QUEUE_URL',
      'AWS_LAMBDA_EXEC_WRAPPER',
      'CALLBACK_BASE_URL',
      'CALLBACK_KEY_PARAMETER',
      'CLOCK_SKEW_MS',
      'HEAD_FORMAT',
      'LEASE_MS',
      'METRICS_NAMESPACE',
      'QUEUE_URL',
      'STAGE',
    ];
    const bucket = ['VALUE_BUCKET', 'VALUE_BUCKET_PREFIX', 'VALUE_BUCKET_WRITES'];
    assert.deepEqual(Object.keys(Variables).sort(), [...expected, 'TABLE_NAME', ...bucket], id);
  }
});

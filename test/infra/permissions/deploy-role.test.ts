/** The deploy role of a stage, evaluated against the resource names of two stages. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { before, describe, it } from 'node:test';
import { z } from 'zod';
import { parseCloudFormation } from '../../../infra/local/service/intrinsics.ts';
import { type Packaged, packageAside } from '../packaged.ts';
import { allows, fill, type Request, Statement } from './iam.ts';

const SERVICE = 'durable-triggerflow';
const OWN = 'dev';
/** Its name begins with the name of the other stage and looks like a function name. */
const OTHERS = ['dev-2', 'dev-api', 'prod'] as const;
const ACCOUNT = '111111111111';
const REGION = 'eu-central-1';
const BOUNDARY = `arn:aws:iam::${ACCOUNT}:policy/${SERVICE}-${OWN}-boundary`;
const BUNDLES = 'arn:aws:s3:::deployer-bundles-1abc';

const Document = z.object({ Statement: z.array(Statement) });
const Template = z.object({
  Resources: z.object({
    Boundary: z.object({ Properties: z.object({ PolicyDocument: Document }) }),
    Watching: z.object({ Properties: z.object({ PolicyDocument: Document }) }),
    DeployRole: z.object({ Properties: z.object({ Policies: z.tuple([z.object({ PolicyDocument: Document })]) }) }),
  }),
});

async function roleOf(stage: string) {
  const file = new URL('../../../infra/deploy-role.yml', import.meta.url);
  const given = {
    Service: SERVICE,
    Stage: stage,
    Deployer: `arn:aws:iam::${ACCOUNT}:root`,
    'AWS::Partition': 'aws',
    'AWS::Region': REGION,
    'AWS::AccountId': ACCOUNT,
    'AWS::URLSuffix': 'amazonaws.com',
    Boundary: BOUNDARY,
    Watching: `arn:aws:iam::${ACCOUNT}:policy/${SERVICE}-${stage}-deploy-watching`,
    Bundles: 'deployer-bundles-1abc',
    'Bundles.Arn': BUNDLES,
    'DeployRole.Arn': `arn:aws:iam::${ACCOUNT}:role/${SERVICE}-${stage}-deploy`,
    KeyArn: '',
    AlsoAllowed: [],
  };
  const { Boundary, Watching, DeployRole } = Template.parse(
    fill(parseCloudFormation(await readFile(file, 'utf8')), given),
  ).Resources;
  const inline = DeployRole.Properties.Policies[0].PolicyDocument.Statement;
  const watching = Watching.Properties.PolicyDocument.Statement;
  return {
    bounds: Boundary.Properties.PolicyDocument.Statement,
    inline,
    watching,
    statements: [...inline, ...watching],
  };
}

/** The physical names of the resources of a stage. Undefined: AWS generates the name, or there is none. */
function arnOf(stage: string, id: string, type: string, properties: Readonly<Record<string, unknown>>) {
  const stack = `${SERVICE}-${stage}`;
  const made = `${stack}-${id}-1ABC2DEF3GHI`;
  const own = (name: unknown) => String(name).replace(`${SERVICE}-${OWN}`, stack);
  const regional = (service: string, rest: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;
  switch (type) {
    case 'AWS::Lambda::Function':
      return regional('lambda', `function:${own(properties.FunctionName)}`);
    case 'AWS::Logs::LogGroup':
      return regional('logs', `log-group:${own(properties.LogGroupName)}`);
    case 'AWS::DynamoDB::Table':
      return regional('dynamodb', `table/${made}`);
    case 'AWS::SQS::Queue':
      return regional('sqs', made);
    case 'AWS::IAM::Role':
      return `arn:aws:iam::${ACCOUNT}:role/${made}`;
    case 'AWS::CloudWatch::Alarm':
      return regional('cloudwatch', `alarm:${made}`);
    case 'AWS::Events::Rule':
      return regional('events', `rule/${own(properties.Name)}`);
    default:
      return undefined;
  }
}

const SERVICES: Readonly<Record<string, readonly string[]>> = {
  lambda: ['lambda:CreateFunction', 'lambda:UpdateFunctionCode', 'lambda:DeleteFunction', 'lambda:AddPermission'],
  logs: ['logs:CreateLogGroup', 'logs:DeleteLogGroup', 'logs:PutRetentionPolicy'],
  dynamodb: ['dynamodb:CreateTable', 'dynamodb:UpdateTable', 'dynamodb:DeleteTable', 'dynamodb:UpdateTimeToLive'],
  sqs: ['sqs:CreateQueue', 'sqs:SetQueueAttributes', 'sqs:DeleteQueue'],
  iam: ['iam:CreateRole', 'iam:PutRolePolicy', 'iam:DeleteRole', 'iam:PassRole', 'iam:UpdateAssumeRolePolicy'],
  cloudwatch: ['cloudwatch:PutMetricAlarm', 'cloudwatch:DeleteAlarms'],
  events: ['events:PutRule', 'events:PutTargets', 'events:DeleteRule'],
};
const CONTEXT = { 'iam:PermissionsBoundary': BOUNDARY, 'iam:PassedToService': 'lambda.amazonaws.com' };

describe('the deploy role of a stage', () => {
  let template: Packaged;
  let own: Awaited<ReturnType<typeof roleOf>>;
  before(async () => {
    own = await roleOf(OWN);
    template = await packageAside(['--stage', OWN]);
  });
  const partsOf = (stage: string): string[] =>
    template.all.flatMap(({ id, type, properties }) => arnOf(stage, id, type, properties) ?? []);
  const requestsOn = (arn: string): Request[] =>
    (SERVICES[arn.split(':')[2] ?? ''] ?? []).map((action) => ({ action, resource: arn, context: CONTEXT }));
  const may = (request: Request) => allows(own.statements, request);

  it('creates, changes and deletes every resource of its stage', () => {
    const requests = partsOf(OWN).flatMap(requestsOn);
    assert.ok(requests.length > 80, `${requests.length} requests`);
    assert.deepEqual(
      requests.filter((request) => !may(request)),
      [],
    );
  });

  for (const other of OTHERS) {
    it(`reaches no resource of stage ${other}`, () => {
      assert.deepEqual(partsOf(other).flatMap(requestsOn).filter(may), []);
      const parts = partsOf(other).flatMap((arn) => [arn, `${arn}:*`, `${arn}/index/wake`]);
      const all = [...own.statements, ...own.bounds].filter(({ Resource }) => !Resource.includes('*'));
      const open = all.flatMap((statement) =>
        parts.filter((resource) => allows([{ ...statement, Action: ['*'], Condition: {} }], { action: 'x', resource })),
      );
      assert.deepEqual(open, []);
    });

    it(`reaches neither stack, key, schedules nor dashboard of stage ${other}`, () => {
      const stack = `${SERVICE}-${other}`;
      const requests = [
        ['cloudformation:UpdateStack', `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${stack}/1`],
        ['cloudformation:DeleteStack', `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/${stack}/1`],
        ['ssm:PutParameter', `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/${SERVICE}/${other}/callback-key`],
        ['ssm:GetParameter', `arn:aws:ssm:${REGION}:${ACCOUNT}:parameter/${SERVICE}/${other}/callback-key`],
        ['scheduler:UpdateSchedule', `arn:aws:scheduler:${REGION}:${ACCOUNT}:schedule/${stack}/nightly`],
        ['cloudwatch:PutDashboard', `arn:aws:cloudwatch::${ACCOUNT}:dashboard/${stack}`],
        ['s3:PutObject', `arn:aws:s3:::${stack}-serverlessdeploymentbucket-1abc/step.zip`],
        ['s3:DeleteBucketPolicy', BUNDLES],
      ] as const;
      for (const [action, resource] of requests) assert.ok(!may({ action, resource }), `${action} ${resource}`);
    });

    it(`patches no HTTP API and no event source of stage ${other}`, () => {
      const api = `arn:aws:apigateway:${REGION}::/apis/a1b2c3`;
      const theirs = { 'aws:ResourceTag/durable-triggerflow': `${SERVICE}-${other}` };
      for (const resource of [api, `${api}/routes/r1`, `${api}/stages/$default`, `${api}/integrations`]) {
        for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
          assert.ok(!may({ action: `apigateway:${method}`, resource, context: theirs }), `${method} ${resource}`);
          assert.ok(!may({ action: `apigateway:${method}`, resource }), `${method} ${resource} without a tag`);
        }
      }
      const mapping = `arn:aws:lambda:${REGION}:${ACCOUNT}:event-source-mapping:1`;
      const step = { 'lambda:FunctionArn': `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${SERVICE}-${other}-step` };
      assert.ok(!may({ action: 'lambda:UpdateEventSourceMapping', resource: mapping, context: step }));
      const retag = { ...theirs, 'aws:RequestTag/durable-triggerflow': `${SERVICE}-${OWN}` };
      assert.ok(!may({ action: 'lambda:TagResource', resource: mapping, context: retag }));
      const tags = `arn:aws:apigateway:${REGION}::/tags/x`;
      assert.ok(!may({ action: 'apigateway:POST', resource: tags, context: retag }));
    });
  }

  it('creates and changes its own HTTP API, event source and bundles', () => {
    const tagged = { 'aws:ResourceTag/durable-triggerflow': `${SERVICE}-${OWN}` };
    const made = { 'aws:RequestTag/durable-triggerflow': `${SERVICE}-${OWN}` };
    const api = `arn:aws:apigateway:${REGION}::/apis`;
    const step = { 'lambda:FunctionArn': `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${SERVICE}-${OWN}-step` };
    const mapping = `arn:aws:lambda:${REGION}:${ACCOUNT}:event-source-mapping:1`;
    const requests: Request[] = [
      { action: 'apigateway:POST', resource: api, context: made },
      { action: 'apigateway:PATCH', resource: `${api}/a1b2c3`, context: tagged },
      { action: 'apigateway:POST', resource: `${api}/a1b2c3/routes`, context: tagged },
      { action: 'lambda:CreateEventSourceMapping', resource: '*', context: step },
      { action: 'lambda:TagResource', resource: mapping, context: made },
      { action: 's3:PutObject', resource: `${BUNDLES}/step.zip` },
    ];
    for (const request of requests) assert.ok(may(request), JSON.stringify(request));
    const Tags = { 'durable-triggerflow': `${SERVICE}-${OWN}` };
    assert.deepEqual(template.named('HttpApi').properties.Tags, Tags);
  });

  it('creates and changes roles only within the boundary, and cannot remove it', () => {
    const growing = /^iam:(CreateRole|Attach|PutRole)/;
    const those = own.statements.filter(({ Action }) => Action.some((action) => growing.test(action)));
    assert.ok(those.length > 0);
    for (const { Condition } of those) {
      assert.deepEqual(Condition, { StringEquals: { 'iam:PermissionsBoundary': [BOUNDARY] } });
    }
    const actions = own.statements.flatMap(({ Action }) => Action);
    const policies = actions.filter((action) => /^iam:(\*|.*Boundary$|.*Policy(Version)?$)/.test(action));
    assert.deepEqual(
      policies.filter((action) => !/Put|Get|Assume/.test(action)),
      ['iam:DeleteRolePolicy'],
    );
  });

  it('names resources wherever IAM supports it', () => {
    const open = own.statements.filter(({ Resource }) => Resource.includes('*')).map(({ Sid }) => Sid);
    assert.deepEqual(open.sort(), [...ANY_RESOURCE, 'EventSources'].sort());
    for (const { Action } of own.bounds) assert.ok(!Action.some((action) => action.includes('*')), Action.join());
  });

  it("fits IAM's size limits with the longest stage name", async () => {
    const size = (statements: readonly Statement[]) => JSON.stringify(statements).replace(/\s/g, '').length + 60;
    const { inline, watching, bounds } = await roleOf('a-stage-with-16-');
    assert.ok(size(inline) <= 10_240, `the policies of a role: ${size(inline)}`);
    assert.ok(size(watching) <= 6_144, `a managed policy: ${size(watching)}`);
    assert.ok(size(bounds) <= 6_144, `a managed policy: ${size(bounds)}`);
  });
});

/** Actions on texts, on generated ids, or on the whole account: IAM supports no resource for them. */
const ANY_RESOURCE = ['Validate', 'LookAtEventSources', 'LogDelivery'];

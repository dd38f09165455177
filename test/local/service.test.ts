import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveText } from '../../infra/local/service/intrinsics.ts';
import {
  loadService,
  parseService,
  queuesOf,
  routesOf,
  schedulesOf,
  tokensOf,
} from '../../infra/local/service/service.ts';
import { parseRate } from '../../infra/local/triggers/schedule-pump.ts';

const lookup = (name: string) =>
  ({ FlowTable: 'table-1', 'WakeQueue.Arn': 'arn:aws:sqs:eu:1:wake', 'AWS::Region': 'eu', HttpApi: 'h' })[name];

const TEXT = `
service: shop
params: { default: { prefix: a/ } }
custom: { names: { base: 'x-\${sls:stage}' } }
provider:
  environment:
    TABLE: !Ref FlowTable
    ARN: !GetAtt WakeQueue.Arn
    ARN_LIST: !GetAtt [WakeQueue, Arn]
    URL: !Sub 'https://\${HttpApi}.\${AWS::Region}'
    NAME: \${self:service}/\${self:custom.names.base}
    NUMBER: 5
functions:
  one:
    handler: dist/one/index.handler
    timeout: 9
    events:
      - httpApi: GET /a/{b}
      - httpApi: { method: post, path: /c, authorizer: { type: aws_iam } }
      - httpApi: { method: get, path: /d, authorizer: { name: tokens, scopes: ['\${param:prefix}x'] } }
      - httpApi: { method: get, path: /e, authorizer: { name: tokens } }
      - httpApi: '*'
      - sqs: { arn: !GetAtt WakeQueue.Arn, batchSize: 4, maximumConcurrency: 3, functionResponseType: ReportBatchItemFailures }
      - sqs: arn:aws:sqs:eu:1:plain
      - schedule: rate(1 minute)
      - schedule: { rate: ['rate(2 hours)', 'rate(1 day)'], enabled: true }
      - schedule: { rate: rate(1 minute), enabled: false }
`;

test('the environment is resolved from variables and intrinsics', () => {
  const { provider } = parseService(TEXT, 'local');
  const resolved = Object.entries(provider.environment).map(([name, value]) => [name, resolveText(value, lookup)]);
  assert.deepEqual(Object.fromEntries(resolved), {
    TABLE: 'table-1',
    ARN: 'arn:aws:sqs:eu:1:wake',
    ARN_LIST: 'arn:aws:sqs:eu:1:wake',
    URL: 'https://h.eu',
    NAME: 'shop/x-local',
    NUMBER: '5',
  });
});

test('an unresolvable value is named', () => {
  assert.throws(() => resolveText({ Ref: 'Nothing' }, lookup), /no resource "Nothing"/);
  assert.throws(() => resolveText({ 'Fn::Join': ['', []] }, lookup), /cannot resolve .*Fn::Join/);
  assert.throws(() => parseService(`a: \${self:custom.none}`, 'local'), /\$\{self:custom\.none\} is not known/);
});

test('events become routes, queues and schedules', () => {
  const service = parseService(TEXT, 'local');
  assert.deepEqual(routesOf(service), [
    { fn: 'one', method: 'GET', path: '/a/{b}' },
    { fn: 'one', method: 'post', path: '/c', authorizer: { type: 'iam' } },
    { fn: 'one', method: 'get', path: '/d', authorizer: { type: 'jwt', scopes: ['a/x'] } },
    { fn: 'one', method: 'get', path: '/e', authorizer: { type: 'jwt', scopes: [] } },
    { fn: 'one', method: '*', path: '*' },
  ]);
  const arn = { 'Fn::GetAtt': ['WakeQueue', 'Arn'] };
  assert.deepEqual(queuesOf(service), [
    { fn: 'one', arn, batchSize: 4, maximumConcurrency: 3, partial: true },
    { fn: 'one', arn: 'arn:aws:sqs:eu:1:plain', batchSize: 10, maximumConcurrency: undefined, partial: false },
  ]);
  assert.deepEqual(
    schedulesOf(service).map(({ rate }) => rate),
    ['rate(1 minute)', 'rate(2 hours)', 'rate(1 day)'],
  );
});

test('only rates are accepted', () => {
  assert.equal(parseRate('rate(1 minute)'), 60_000);
  assert.equal(parseRate('rate(5 minutes)'), 300_000);
  assert.equal(parseRate('rate(2 hours)'), 7_200_000);
  assert.equal(parseRate('rate(1 day)'), 86_400_000);
  for (const bad of ['rate(0 minutes)', 'rate(1 second)', 'cron(0 12 * * ? *)', 'rate(1.5 hours)']) {
    assert.throws(() => parseRate(bad), /cannot read .*It supports rates/, bad);
  }
});

test('an unknown authorizer is refused', () => {
  for (const authorizer of ['{ type: request }', '{ name: others }', '{ id: x }', 'tokens']) {
    const text = TEXT.replace('{ type: aws_iam }', authorizer);
    assert.throws(() => parseService(text, 'local'), authorizer);
  }
});

test('the service of this project is read', async () => {
  const service = await loadService('local');
  assert.ok(routesOf(service).some(({ method, path }) => method === 'GET' && path === '/interrupts'));
  assert.equal(tokensOf(service), undefined);
  assert.deepEqual(
    queuesOf(service).map(({ fn }) => fn),
    ['step', 'announce'],
  );
  assert.deepEqual(schedulesOf(service), [{ fn: 'schedule', rate: 'rate(1 minute)' }]);
});

test('given settings override those of the stage', async () => {
  const given = { authorizer: 'jwt', jwtIssuer: 'https://i.example', jwtAudience: 'us', jwtScopePrefix: 'f/' };
  const service = await loadService('prod', given);
  assert.deepEqual(tokensOf(service), { issuer: 'https://i.example', audience: ['us'] });
  const route = routesOf(service).find(({ path }) => path === '/interrupts');
  assert.deepEqual(route?.authorizer, { type: 'jwt', scopes: ['f/read'] });
});

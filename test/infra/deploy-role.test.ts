import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { z } from 'zod';
import { parseCloudFormation } from '../../infra/local/intrinsics.ts';

const Statement = z.object({
  Action: z.union([z.string(), z.array(z.string())]).transform((action) => [action].flat()),
  Resource: z.unknown().optional(),
  Condition: z.unknown().optional(),
});
const Document = z.object({ Statement: z.array(z.union([Statement, z.object({ 'Fn::If': z.array(z.unknown()) })])) });
const Template = z.object({
  Resources: z.object({
    Boundary: z.object({ Properties: z.object({ PolicyDocument: Document }) }),
    DeployRole: z.object({ Properties: z.object({ Policies: z.tuple([z.object({ PolicyDocument: Document })]) }) }),
  }),
});

const file = new URL('../../infra/deploy-role.yml', import.meta.url);
const { Boundary, DeployRole } = Template.parse(parseCloudFormation(await readFile(file, 'utf8'))).Resources;
const plain = ({ Statement: statements }: z.infer<typeof Document>) =>
  statements.flatMap((each) => ('Action' in each ? [each] : []));
const statements = plain(DeployRole.Properties.Policies[0].PolicyDocument);

test('the deploy role makes and changes roles only within the boundary, and cannot take it away', () => {
  const growing = /^iam:(CreateRole|Attach|PutRole)/;
  const those = statements.filter(({ Action }) => Action.some((action) => growing.test(action)));
  assert.ok(those.length > 0);
  for (const { Condition } of those) {
    assert.deepEqual(Condition, { StringEquals: { 'iam:PermissionsBoundary': { Ref: 'Boundary' } } });
  }
  const actions = statements.flatMap(({ Action }) => Action);
  assert.deepEqual(
    actions.filter(
      (action) => /^iam:(\*|.*Boundary$|.*Policy(Version)?$)/.test(action) && !/Put|Get|Assume/.test(action),
    ),
    ['iam:DeleteRolePolicy'],
  );
});

test('the boundary names no wildcard action, and resources of the stage alone', () => {
  const bounds = plain(Boundary.Properties.PolicyDocument);
  assert.ok(bounds.length >= 5);
  for (const { Action, Resource } of bounds) {
    assert.ok(!Action.some((action) => action.includes('*')), Action.join());
    assert.match(JSON.stringify(Resource), /\$\{Service\}[-/]\$\{Stage\}[-/]/);
  }
});

test('the deploy role may pass the tags of the stack on to event source mappings, which are no functions', () => {
  const tagging = statements.filter(({ Action }) => Action.includes('lambda:TagResource'));
  assert.ok(tagging.some(({ Resource }) => JSON.stringify(Resource).includes(':event-source-mapping:*')));
});

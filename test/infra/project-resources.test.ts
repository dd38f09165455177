/** resources.yml of a made project: what its comment proposes reaches the template. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { ROOT } from '../../infra/roots.ts';
import { packageAside } from './packaged.ts';

const Environment = z.object({ Variables: z.record(z.string(), z.unknown()) });
const Limits = z.object({ RecursiveLoop: z.string(), Environment });

/** The commented lines, from the first key on. */
async function proposal(): Promise<string> {
  const text = await readFile(join(ROOT, 'infra/init/project/resources.yml'), 'utf8');
  const lines = text.split('\n').filter((line) => line.startsWith('#'));
  return lines
    .slice(lines.indexOf('# Resources:'))
    .map((line) => line.replace(/^# ?/, ''))
    .join('\n');
}

test('the proposal of resources.yml is that of the documentation', async () => {
  const documentation = await readFile(join(ROOT, 'infra/README.md'), 'utf8');
  assert.ok(documentation.includes(`\`\`\`yaml\n${await proposal()}\n\`\`\``));
});

test('resources.yml adds permissions to the role of chunks, and variables to their function', async () => {
  const template = await packageAside([], { 'resources.yml': await proposal() });
  const added = template.named('StepPermissions');
  assert.equal(added.type, 'AWS::IAM::Policy');
  assert.deepEqual(added.properties.Roles, [{ Ref: 'StepRole' }]);
  assert.match(JSON.stringify(added.properties.PolicyDocument), /"Action":"s3:GetObject"/);
  const { RecursiveLoop, Environment } = Limits.parse(template.named('StepLambdaFunction').properties);
  // What the package sets stays.
  assert.deepEqual(
    { RecursiveLoop, bucket: Environment.Variables.BUCKET, table: Environment.Variables.TABLE_NAME },
    { RecursiveLoop: 'Allow', bucket: 'my-bucket', table: { Ref: 'FlowTable' } },
  );
});

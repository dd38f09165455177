/** `npm run lint:template`: cfn-lint on the templates of a plain stage, and of one with everything that is optional. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, ROOT } from '../../infra/build.ts';
import { oslsPackage } from '../../infra/osls.ts';
import { run } from '../servers/install.ts';
import { pythonProgram } from '../servers/python.ts';

const FULL = {
  authorizer: 'jwt',
  jwtIssuer: 'https://issuer.example.com',
  jwtAudience: 'flows',
  keyArn: 'arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555',
  alarmTopicArn: 'arn:aws:sns:us-east-1:111122223333:alarms',
};

// osls writes dependencies that are implied anyway; nothing else is let through.
const IGNORED = ['--ignore-checks', 'W3005'];

const [python, script] = await pythonProgram('cfn-lint', '1.58.0');
const folder = await mkdtemp(join(tmpdir(), 'flow-template-'));
try {
  await build();
  await oslsPackage(ROOT, ['--package', join(folder, 'plain')]);
  const params = Object.entries(FULL).flatMap(([name, value]) => ['--param', `${name}=${value}`]);
  await oslsPackage(ROOT, ['--stage', 'prod', '--package', join(folder, 'full'), ...params]);
  const templates = ['plain', 'full'].map((name) => join(folder, name, 'cloudformation-template-update-stack.json'));
  await run(python, [script, ...IGNORED, '--', ...templates, join(ROOT, 'infra/deploy-role.yml')], ROOT);
  process.stdout.write('cfn-lint has nothing to say\n');
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** `npm run lint:template`: cfn-lint on the templates of a plain stage, and of one with everything that is optional. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from '../../infra/build/build.ts';
import { oslsPackage } from '../../infra/deploy/osls.ts';
import { ROOT } from '../../infra/roots.ts';
import { run } from '../servers/install/install.ts';
import { pythonProgram } from '../servers/install/python.ts';

/** With schedules. */
const APP = fileURLToPath(new URL('../endpoint/app.ts', import.meta.url));
const FULL = {
  authorizer: 'jwt',
  jwtIssuer: 'https://issuer.example.com',
  jwtAudience: 'flows',
  keyArn: 'arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555',
  boundaryArn: 'arn:aws:iam::111122223333:policy/boundary',
  alarmTopicArn: 'arn:aws:sns:us-east-1:111122223333:alarms',
  valueBucket: 'my-values',
};

// osls writes dependencies that are implied anyway; nothing else is let through.
const IGNORED = ['--ignore-checks', 'W3005'];

const [python, script] = await pythonProgram('cfn-lint', '1.58.0');
const folder = await mkdtemp(join(tmpdir(), 'flow-template-'));
try {
  for (const part of ['serverless.yml', 'infra']) {
    await cp(join(ROOT, part), join(folder, part), { recursive: true });
  }
  const make = async (name: string, app: { readonly app?: string }, args: readonly string[]) => {
    await build({ ...app, outDir: join(folder, 'dist') });
    await oslsPackage(folder, ['--package', join(folder, name), ...args]);
    return join(folder, name, 'cloudformation-template-update-stack.json');
  };
  const params = Object.entries(FULL).flatMap(([name, value]) => ['--param', `${name}=${value}`]);
  const templates = [await make('plain', {}, []), await make('full', { app: APP }, ['--stage', 'prod', ...params])];
  const own = ['deploy-role.yml', 'caller-policies.yml'].map((name) => join(ROOT, 'infra', name));
  await run(python, [script, ...IGNORED, '--', ...templates, ...own], ROOT);
  process.stdout.write('cfn-lint has nothing to say\n');
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Arguments of commands on projects and stages are validated before any action. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import { lackOf, lackText } from '../../infra/cli/needs.ts';
import { readLine } from '../../infra/cli/program.ts';
import { stageArguments } from '../../infra/cli/stage-arguments.ts';
import { SETTINGS, settingsProblem } from '../../infra/deploy/settings.ts';
import { readService } from '../../infra/local/service/includes.ts';
import { ROOT } from '../../infra/roots.ts';

async function argumentsOf(...args: readonly string[]) {
  const line = await readLine(args, '0.0.0');
  return line.kind === 'run' ? stageArguments(line.given) : assert.fail(line.text);
}

test('the command line passes arguments on to osls with stage and region filled in', async () => {
  const given = await argumentsOf(
    'deploy',
    '-s',
    'prod',
    '--region=eu-central-1',
    '--param',
    'jwtIssuer=https://a/?b=c',
  );
  assert.deepEqual(given, {
    ...{ stage: 'prod', region: 'eu-central-1', params: { jwtIssuer: 'https://a/?b=c' } },
    osls: ['--stage', 'prod', '--region', 'eu-central-1', '--param', 'jwtIssuer=https://a/?b=c'],
  });
  const { stage, profile } = await argumentsOf('dead-letters', '--purge', '--aws-profile', 'mine');
  assert.deepEqual({ stage, profile }, { stage: 'dev', profile: 'mine' });
  const help = await readLine(['package', '--stage', 'dev', '--help'], '0.0.0');
  assert.equal(help.kind, 'print');
});

test('the command line takes the region from --region, then the environment, then serverless.yml', async () => {
  const before = process.env.AWS_REGION;
  try {
    process.env.AWS_REGION = 'ap-south-1';
    assert.equal((await argumentsOf('dead-letters')).region, 'ap-south-1');
    delete process.env.AWS_REGION;
    for (const name of ['dead-letters', 'deploy']) assert.equal((await argumentsOf(name)).region, 'us-east-1');
  } finally {
    if (before === undefined) delete process.env.AWS_REGION;
    else process.env.AWS_REGION = before;
  }
});

const WRONG: readonly (readonly [line: string, message: RegExp])[] = [
  ['deploy --stge dev', /^Unknown option '--stge'\. Did you mean --stage\? "npm run -s cli -- deploy --help" shows /],
  ['deploy prod', /^Too many arguments for 'deploy'\./],
  ['deploy --stage', /^Option '-s, --stage <name>' argument missing\./],
  ['deploy --stage bad_stage!', /^The stage is "bad_stage!"/],
  ['deploy --stage=', /^The stage is ""/],
  ['deploy --region moon', /^The region is "moon"/],
  ['deploy --yes', /^Unknown option '--yes'\./],
  ['deploy --purge', /^Unknown option '--purge'\./],
  ['package --force', /^Unknown option '--force'\./],
  ['dead-letters --param a=1', /^Unknown option '--param'\./],
  ['deplyo', /^Unknown command 'deplyo'\. Did you mean deploy\? "npm run -s cli -- --help" shows /],
  ['package --param bogus=1', /^--param bogus is no setting\. There are: authorizer, /],
  ['package --param toString=1', /^--param toString is no setting/],
  ['package --param bogus', /^--param is "bogus"; write --param name=value\.$/],
  ['package --param httpReserved=abc', /^--param httpReserved is "abc"; it must be a whole number from 0 /],
  ['package --param httpReserved=', /^--param httpReserved is ""/],
  ['package --param keyArn=foo', /^--param keyArn is "foo"; it must be the ARN of a KMS key, or empty\.$/],
  ['package --param visibilitySeconds=10', /^visibilitySeconds is 10, shorter than stepSeconds \(300\)/],
  ['package --param stepSeconds=901', /from 1 to 900/],
  ['package --param stepEnabled=no', /must be true or false/],
  ['package --param logDays=31', /^--param logDays is "31"/],
  ['package --param authorizer=jwt', /needs jwtIssuer and jwtAudience/],
  ['package --param jwtScopePrefix=a,b', /^--param jwtScopePrefix is "a,b"; it must be at most 58 letters/],
  [`package --param jwtScopePrefix=${'x'.repeat(59)}`, /it must be at most 58 letters/],
];

test('the command line reports an error in one line', async () => {
  for (const [line, message] of WRONG) {
    await assert.rejects(argumentsOf(...line.split(' ')), (error: Error) => {
      assert.equal(error.name, 'UsageError', `${line}: ${error.message}`);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
  }
});

test('the command line has a rule for every setting of serverless.yml, and every stage satisfies them', async () => {
  const { params } = z
    .object({ params: z.record(z.string(), z.record(z.string(), z.unknown())) })
    .parse(await readService());
  assert.deepEqual(Object.keys(SETTINGS).sort(), Object.keys(params.default ?? {}).sort());
  for (const stage of ['dev', ...Object.keys(params)]) assert.equal(await settingsProblem(stage, {}), undefined, stage);
  const optional = {
    ...{
      authorizer: 'jwt',
      jwtIssuer: 'https://issuer.example.com',
      jwtAudience: 'flows',
      jwtScopePrefix: 'https://flows/',
    },
    keyArn: 'arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555',
    boundaryArn: 'arn:aws-us-gov:iam::111122223333:policy/team/boundary',
    alarmTopicArn: 'arn:aws:sns:us-east-1:111122223333:alarms',
  };
  assert.equal(await settingsProblem('prod', optional), undefined);
});

async function run(script: string, env: Readonly<Record<string, string>>, cwd = ROOT) {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), ...script.split(' ')], {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (part: Buffer) => out.push(part));
  child.stderr.on('data', (part: Buffer) => err.push(part));
  const [code] = await once(child, 'close');
  return { code: code as number, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() };
}

test('the command line calls AWS only with valid arguments and credentials', async () => {
  let requests = 0;
  const server = createServer((_, response) => {
    requests += 1;
    response.writeHead(500).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const AWS_ENDPOINT_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const keys = { AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
  const none = { AWS_ENDPOINT_URL, AWS_EC2_METADATA_DISABLED: 'true', HOME: join(ROOT, 'test/infra') };
  try {
    const help = await run('infra/cli.ts deploy --help', keys);
    assert.deepEqual({ code: help.code, err: help.err }, { code: 0, err: '' });
    assert.match(
      help.out,
      /^Usage: npm run -s cli -- deploy \[options\]\n\nDeploys a stage .*\n\nOptions:\n {2}-s, --stage /,
    );
    assert.match(help.out, /\nExample:\n {2}npm run -s cli -- deploy --stage dev\n$/);
    for (const script of [
      'infra/cli.ts deploy --stge dev',
      'infra/cli.ts dead-letters prod',
      'infra/cli.ts package --param a=1',
    ]) {
      const { code, out, err } = await run(script, keys);
      assert.deepEqual({ code, out }, { code: 2, out: '' }, err);
      assert.match(err, /^[^\n]+\.\n$/);
    }
    for (const script of ['infra/cli.ts deploy', 'infra/cli.ts dead-letters']) {
      const { code, out, err } = await run(script, none);
      assert.deepEqual({ code, out }, { code: 5, out: '' }, err);
      assert.match(err, /^There are no AWS credentials: [^\n]+ Set AWS_ACCESS_KEY_ID [^\n]+\n$/);
    }
    assert.equal(requests, 0);
  } finally {
    server.close();
  }
});

test('the command line works without a project where it can, and says what is missing', async () => {
  const cli = join(ROOT, 'infra/cli.ts');
  const folder = await mkdtemp(join(tmpdir(), 'flow-command-'));
  try {
    const outside = (args: string) => run(`${cli} ${args}`, {}, folder);
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    assert.deepEqual(await outside('--version'), { code: 0, out: `${version}\n`, err: '' });
    for (const name of ['init', 'dev', 'package', 'deploy', 'remove', 'dead-letters']) {
      const { code, out, err } = await outside(`${name} --help`);
      assert.deepEqual({ code, err }, { code: 0, err: '' });
      assert.match(out, new RegExp(`^Usage: [^\n]*${name}[^\n]*\n\n[A-Z][^\n]+`));
    }
    for (const name of ['dev', 'package', 'deploy']) {
      const { code, out, err } = await outside(name);
      assert.deepEqual({ code, out }, { code: 2, out: '' });
      assert.match(
        err,
        new RegExp(
          `^\\S+ has no serverless\\.yml\\. Run ${name} in the folder of a project, or make one: npx [^\n]+\n$`,
        ),
      );
    }
    await writeFile(join(folder, 'serverless.yml'), 'service: my-app');
    const { code, err } = await outside('package');
    assert.equal(code, 1);
    assert.match(
      err,
      /^The command package needs osls, which this project lacks\. Run: npm install --save-dev "osls@\S+"\n$/,
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test('the command line names every package that a command lacks', async () => {
  assert.equal(await lackOf('dev', ['zod', 'esbuild', 'dynalite', 'fauxqs', 'osls']), undefined);
  assert.match((await lackOf('dev', ['zod', 'no-such-package'])) ?? '', /^The command dev needs no-such-package,/);
  const versions = { zod: '^4.0.0', dynalite: '^4.0.0', fauxqs: '^1.9.2' };
  assert.equal(
    lackText('dev', ['zod', 'dynalite', 'fauxqs'], versions, 'pnpm'),
    'The command dev needs zod, dynalite, fauxqs, which this project lacks. Run: pnpm add "zod@^4.0.0" && pnpm add --save-dev "dynalite@^4.0.0" "fauxqs@^1.9.2"',
  );
});

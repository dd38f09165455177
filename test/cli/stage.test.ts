/** Commands on a deployed stage: its address, the signature, and what a caller without the permission reads. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { after, before, describe, it } from 'node:test';
import { ROOT } from '../../infra/roots.ts';
import { HANG_MS } from '../limits.ts';
import { type Cli, openCli } from './support.ts';

const XMLNS = 'http://cloudformation.amazonaws.com/doc/2010-05-15/';
const resource = (id: string) =>
  `<DescribeStackResourceResponse xmlns="${XMLNS}"><DescribeStackResourceResult><StackResourceDetail><LogicalResourceId>HttpApi</LogicalResourceId><PhysicalResourceId>${id}</PhysicalResourceId></StackResourceDetail></DescribeStackResourceResult></DescribeStackResourceResponse>`;
const NONE = `<ErrorResponse xmlns="${XMLNS}"><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack 'durable-triggerflow-gone' does not exist</Message></Error></ErrorResponse>`;

/** An emulator's one address: CloudFormation, and the HTTP API that its answer names. */
let server: Server;
let cli: Cli;
let env: Readonly<Record<string, string>>;
const requests: IncomingMessage[] = [];

before(async () => {
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts).toString();
      if (body.includes('Action=DescribeStackResource')) {
        const isThere = body.includes('StackName=durable-triggerflow-dev');
        return response.writeHead(isThere ? 200 : 400).end(isThere ? resource('api1') : NONE);
      }
      requests.push(request);
      // As API Gateway refuses: without the codes of the API.
      if (request.method === 'POST') return response.writeHead(403).end('{"message":"Forbidden"}');
      return response.writeHead(200, { 'content-type': 'application/json' }).end('{"items":[]}');
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = (server.address() as AddressInfo).port;
  cli = await openCli('http://127.0.0.1:9');
  env = {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_REGION: 'eu-central-1',
  };
});
after(async () => {
  await cli?.close();
  server?.close();
});

describe('a stage', () => {
  it('is asked with a signature for its API', async () => {
    const { code, out, err } = await cli.run('list --stage dev --json', env);
    assert.deepEqual({ code, out, err }, { code: 0, out: '', err: '' });
    const { url, headers } = requests.at(-1) ?? assert.fail('no request');
    assert.equal(url, '/executions?limit=50');
    assert.match(headers.host ?? '', /^api1\.execute-api\.localhost:\d+$/);
    assert.match(
      headers.authorization ?? '',
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/execute-api\/aws4_request, SignedHeaders=\S*host\S*, Signature=[0-9a-f]{64}$/,
    );
  });

  it('is asked with the token where there is one', async () => {
    await cli.run('list --stage dev', { ...env, FLOW_TOKEN: 'abc' });
    assert.equal(requests.at(-1)?.headers.authorization, 'Bearer abc');
  });

  it('refuses a caller without the permission: one line, with a code of its own', async () => {
    const { code, out, err } = await cli.run('redrive T-1 --stage dev', env);
    assert.deepEqual({ code, out }, { code: 5, out: '' });
    assert.match(err, /^Forbidden\. Your AWS identity needs the permission for this; [^\n]+\n$/);
    const without = await cli.run('list --stage dev', { ...env, AWS_ACCESS_KEY_ID: '', HOME: '/nowhere' });
    assert.equal(without.code, 5);
    assert.match(without.err, /^There are no AWS credentials: [^\n]+\n$/);
  });

  it('may be missing', async () => {
    const { code, err } = await cli.run('list --stage gone', env);
    assert.equal(code, 1);
    assert.match(err, /^There is no stack durable-triggerflow-gone in eu-central-1\. Deploy it, or [^\n]+\n$/);
  });

  it('has a console', async () => {
    const child = spawn('bash', ['-c', `exec ${cli.program} console --stage dev`], {
      ...{ cwd: ROOT, env: { ...cli.env, ...env, PORT: '0' } },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      const [line] = await once(createInterface({ input: child.stdout }), 'line', {
        signal: AbortSignal.timeout(HANG_MS),
      });
      assert.match(line, /^Console of dev: http:\/\/127\.0\.0\.1:\d+\/console$/);
    } finally {
      child.kill('SIGTERM');
    }
    const [code] = await once(child, 'close');
    assert.equal(code, 0);
  });
});

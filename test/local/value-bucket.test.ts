/** The bundles of a stage with a bucket of values, over a server like S3. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startHost } from '../../infra/local/host.ts';
import { ROOT } from '../../infra/roots.ts';
import { startObjects } from '../servers/objects.ts';
import { until } from './support.ts';

const APP = `
  import { defineApp, defineFlow } from ${JSON.stringify(join(ROOT, 'lib/index.ts'))};
  const echo = defineFlow<{ text: string }>({ name: 'echo' });
  echo.to('twice', ({ input, state }) => state.set('text', input.text + input.text));
  export default defineApp({ flows: [echo] });
`;

test('large values of an execution are objects, and are gone once it is erased', async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'flow-bucket-'));
  const server = await startObjects();
  const app = join(dataDir, 'app.ts');
  await writeFile(app, APP);
  const env = { AWS_ENDPOINT_URL_S3: server.endpoint, VALUE_BUCKET: 'values', VALUE_BUCKET_PREFIX: 'flows/dev/' };
  const host = await startHost({ port: 0, dataDir, app, hasValueBucket: true, env });
  t.after(async () => {
    await host.close();
    await server.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  const call = async (method: string, path: string, body?: object) => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'large' };
    const sent = body ? { headers, body: JSON.stringify(body) } : {};
    const response = await fetch(`${host.url}${path}`, { method, ...sent });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  };

  const text = randomBytes(110_000).toString('base64');
  assert.equal((await call('POST', '/flows/echo/executions', { input: { text } })).status, 202);
  const ended = async () => (await call('GET', '/executions/large')).body.status === 'completed';
  await until(ended, 'completed');
  const { result } = (await call('GET', '/executions/large')).body;
  assert.ok((result as { readonly text?: string }).text === text + text, 'the value is read');
  const paths = [...server.objects.keys()];
  assert.ok(paths.length >= 2, `only ${paths.length} objects`);
  for (const path of paths) assert.match(path, /^values\/flows\/dev\/large\//);

  // The bundle has few of the error classes of the SDK. It still takes a missing object for no failure, which it repeats.
  const kept = [...server.objects];
  server.objects.clear();
  server.sent();
  assert.equal((await call('GET', '/executions/large')).status, 500);
  assert.deepEqual(server.sent(), ['GET']);
  for (const [path, object] of kept) server.objects.set(path, object);

  assert.equal((await call('DELETE', '/executions/large', {})).status, 202);
  await until(async () => server.objects.size === 0, 'without objects');
});

/** A floating promise of a chunk. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { ROOT } from '../../../infra/roots.ts';

const PROGRAM = `
import { reportFloatingRejections } from './infra/local/console/floating.ts';
import { defineApp, defineFlow } from './lib/index.ts';
import { createTestkit } from './lib/testing.ts';
reportFloatingRejections((line) => console.log(line));
const flow = defineFlow({ name: 'careless' });
flow.to('leave', () => { void Promise.resolve().then(() => { throw new Error('left behind'); }); return 1; });
const kit = createTestkit(defineApp({ flows: [flow] }));
await kit.client.start('careless', null, { id: 'x-1' });
await kit.drain();
console.log((await kit.client.get('x-1')).status);
await Promise.reject(new Error('of nobody')).catch(() => undefined);
void Promise.reject(new Error('of the host'));
setImmediate(() => console.log('alive'));
`;

test('a floating rejection is logged with flow and execution, and the process survives', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', PROGRAM], { cwd: ROOT });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => (output += part));
  const [code] = await once(child, 'close');
  assert.equal(code, 0, output);
  assert.match(output, /Chunk "leave" \(flow careless, execution x-1, attempt 1\) left a promise behind.*left behind/);
  assert.match(output, /Something left a promise behind.*of the host/);
  assert.doesNotMatch(output, /of nobody/);
  assert.match(output, /completed[\s\S]*alive/);
});

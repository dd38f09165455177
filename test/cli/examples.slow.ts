/** Runs the example in the help of each command, against the service of `npm start`. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Row } from '../../infra/cli/row.ts';
import { TABLE } from '../../infra/cli/table/table.ts';
import { ROOT } from '../../infra/roots.ts';
import { openTrial, type Trial } from './support.ts';

let trial: Trial;
let cli: Trial['cli'];
let service: Trial['service'];
let prepare: Trial['prepare'];

before(async () => {
  trial = await openTrial();
  ({ cli, service, prepare } = trial);
});
after(() => trial?.close());

const NEEDS_NOTHING: readonly string[] = ['start', 'trigger'];

/** What has to be there for another example; by default a refund that waits for its manager. */
const PREPARED: Readonly<Record<string, keyof Trial['prepare']>> = {
  watch: 'small',
  intervene: 'open',
  'try-now': 'retrying',
  erase: 'small',
  export: 'small',
  redrive: 'failed',
  fork: 'failed',
  rerun: 'failed',
};

/** Examples that other tests run, because they need a terminal, a project or a deployed stage. */
const ELSEWHERE: Readonly<Record<string, readonly [file: string, text: string]>> = {
  init: ['test/package/project.ts', 'init my-app'],
  dev: ['test/package/project.ts', 'exec $'],
  package: ['test/package/project.ts', 'run package'],
  deploy: ['test/endpoint/target/stack.ts', "npm('deploy'"],
  remove: ['test/endpoint/target/stack.ts', "npm('remove'"],
  'dead-letters': ['test/endpoint/target/stack.ts', "npm('dead-letters'"],
  console: ['test/cli/stage.test.ts', 'console --stage dev'],
  mcp: ['test/cli/mcp.test.ts', "'mcp'"],
};

async function exampleOf({ name, example }: Row): Promise<string> {
  const id = `example-${name}`;
  if (!NEEDS_NOTHING.includes(name)) await prepare[PREPARED[name] ?? 'waiting'](id);
  const { interrupts = [] } = await service.view(id).catch(() => ({ interrupts: [] }));
  const activation = example.includes('activation-1') ? await service.begun(id) : '';
  return example
    .replaceAll('T-1', id)
    .replace('askManager', interrupts[0]?.interruptId ?? '')
    .replace('activation-1', activation);
}

describe('the example in the help of', () => {
  for (const row of TABLE) {
    const elsewhere = ELSEWHERE[row.name];
    it(row.name, async () => {
      if (elsewhere) {
        const [file, text] = elsewhere;
        assert.ok((await readFile(join(ROOT, file), 'utf8')).includes(text), `${file} does not run ${text}`);
        return;
      }
      const { code, out, err } = await cli.run(await exampleOf(row));
      assert.deepEqual({ code, err }, { code: 0, err: '' }, row.example);
      assert.notEqual(out, '');
    });
  }
});

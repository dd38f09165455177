/** A client of the official SDK uses the MCP server as a coding agent would. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { TABLE } from '../../infra/cli/table/table.ts';
import { ROOT } from '../../infra/roots.ts';
import { openTrial, type Trial } from './support.ts';

let trial: Trial;
let cli: Trial['cli'];

before(async () => {
  trial = await openTrial();
  cli = trial.cli;
  await trial.service.start('failing', 'M-1', 'ann');
  await trial.service.reach('M-1', 'failed');
});
after(() => trial?.close());

async function withClient(args: readonly string[], use: (client: Client) => Promise<void>): Promise<void> {
  const env = Object.fromEntries(
    Object.entries(cli.env).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
  const transport = new StdioClientTransport({
    ...{ command: process.execPath, args: [cli.file, 'mcp', ...args], env, cwd: ROOT },
  });
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(transport);
  try {
    await use(client);
  } finally {
    await client.close();
  }
}

/** What a tool says, line by line. */
async function said(client: Client, name: string, input: Record<string, unknown>) {
  const { content, isError } = await client.callTool({ name, arguments: input });
  const [first] = content as readonly { readonly type: string; readonly text: string }[];
  return { text: first?.text ?? '', isError: isError === true };
}

describe('the MCP server', () => {
  it('offers tools that read, and finds why a run failed', async () => {
    await withClient([], async (client) => {
      const { tools } = await client.listTools();
      const reading = TABLE.filter(
        ({ place, changes, name }) => place === 'service' && !changes && !/^(watch|console|mcp)$/.test(name),
      );
      assert.deepEqual(tools.map(({ name }) => name).sort(), reading.map(({ name }) => name).sort());
      assert.ok(tools.every(({ annotations }) => annotations?.readOnlyHint === true));
      const shown = tools.find(({ name }) => name === 'show');
      assert.deepEqual(shown?.inputSchema.required, ['execution']);
      assert.match(client.getInstructions() ?? '', /changes? executions are off\. .*--allow-changes/);

      const failed = await said(client, 'list', { status: 'failed' });
      const [found] = failed.text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      assert.equal(found.executionId, 'M-1');
      const view = JSON.parse((await said(client, 'show', { execution: found.executionId })).text);
      assert.deepEqual([view.error.chunk, view.error.message], ['charge', 'the card of ann was refused']);
      const history = await said(client, 'history', { execution: 'M-1', chunk: 'charge' });
      assert.match(history.text, /"type":"attempt_failed"/);
      const none = await said(client, 'show', { execution: 'M-0' });
      assert.ok(none.isError && none.text.startsWith('There is no execution M-0.'), none.text);
    });
  });

  it('refuses a change', async () => {
    await withClient([], async (client) => {
      const refused = await said(client, 'redrive', { execution: 'M-1' }).catch((error: Error) => ({
        text: error.message,
        isError: true,
      }));
      assert.ok(refused.isError, refused.text);
      assert.match(refused.text, /redrive.* (disabled|not found)/i);
      const view = JSON.parse((await said(client, 'show', { execution: 'M-1' })).text);
      assert.equal(view.redrives, undefined);
    });
  });

  it('changes executions where it is allowed to', async () => {
    await withClient(['--allow-changes'], async (client) => {
      const { tools } = await client.listTools();
      assert.equal(tools.find(({ name }) => name === 'cancel')?.annotations?.destructiveHint, true);
      const started = await said(client, 'start', { flow: 'talk', id: 'M-2' });
      assert.equal(JSON.parse(started.text).executionId, 'M-2');
      const signalled = await said(client, 'signal', { execution: 'M-2', signal: 'say', value: 'hello' });
      assert.equal(JSON.parse(signalled.text).outcome, 'accepted', signalled.text);
      const wrong = await said(client, 'signal', { execution: 'M-2', signal: 'say', value: { of: '@package.json' } });
      assert.ok(wrong.isError, wrong.text);
    });
  });
});

/** `durable-triggerflow mcp`: the commands on executions as tools of an MCP server, for coding agents. */
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { createApi } from '../api/api.ts';
import { connect } from '../api/connection.ts';
import { PROGRAM } from '../program-name.ts';
import type { OtherCommand } from '../row.ts';
import { TOOLS } from './tools.ts';

export const mcp: OtherCommand = {
  kind: 'other',
  async run(given) {
    const api = createApi(await connect(given));
    const allowsChanges = given.flag('allow-changes');
    const about = [
      `Looks into executions of durable workflows: ${api.name}.`,
      'To find out why one failed: list with status failed, then show, then history.',
      allowsChanges
        ? 'Tools that change executions are on: ask the user before you call one.'
        : 'Tools that change executions are off. The user can start this server with --allow-changes.',
    ];
    serveStdio(() => {
      const server = new McpServer({ name: PROGRAM, version: '1' }, { instructions: about.join(' ') });
      for (const { name, about: description, changes, input, call } of TOOLS) {
        const annotations = { readOnlyHint: !changes, destructiveHint: changes, openWorldHint: false };
        const tool = server.registerTool(name, { description, inputSchema: input, annotations }, async (values) => {
          const { text, isError } = await call(api, values);
          return { content: [{ type: 'text', text }], isError };
        });
        // A disabled tool is not listed, and a call of it is refused.
        if (changes && !allowsChanges) tool.disable();
      }
      return server;
    });
  },
};

/** Commands about the command line itself. */
import type { Row } from '../row.ts';

export const TOOLS: readonly Row[] = [
  {
    name: 'completion',
    group: 'Tools',
    about: 'prints the script that completes commands and options in a shell',
    args: [{ name: 'shell', about: 'shell that you type in', choices: ['bash', 'zsh', 'fish'] }],
    example: 'completion bash',
    place: 'anywhere',
    changes: false,
    needs: [],
    load: async () => (await import('../completion.ts')).completion,
  },
  {
    name: 'mcp',
    group: 'Tools',
    about:
      'serves the commands on executions as tools for coding agents (Model Context Protocol, standard input and output)',
    options: [{ name: 'allow-changes', about: 'offers commands that change executions, too' }],
    example: 'mcp --url http://127.0.0.1:3000',
    place: 'service',
    changes: false,
    needs: ['zod', '@modelcontextprotocol/server'],
    load: async () => (await import('../mcp/server.ts')).mcp,
  },
];

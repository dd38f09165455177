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
    load: async () => (await import('../commands/completion.ts')).completion,
  },
];

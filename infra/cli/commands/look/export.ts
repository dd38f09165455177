/** Writes what an audit asks for as JSON Lines. */
import { z } from 'zod';
import { path } from '../../api/api.ts';
import { CliError } from '../../problems.ts';
import type { ServiceCommand } from '../../row.ts';
import { createProgress, number } from '../../show/bar.ts';

const Line = z.looseObject({ type: z.string(), cursor: z.string().optional() });

export const exported: ServiceCommand = {
  kind: 'service',
  async *ask(api, given) {
    const id = given.text('execution');
    const progress = createProgress();
    let cursor: string | undefined;
    let count = 0;
    try {
      for (;;) {
        const text = await api.text({ method: 'GET', path: path`/executions/${id}/export`, query: { cursor } });
        const lines = text.split('\n').flatMap((line) => (line === '' ? [] : [Line.parse(JSON.parse(line))]));
        const last = lines.at(-1);
        const isMore = last?.type === 'more' && last.cursor !== undefined;
        if (!isMore && last?.type !== 'end') {
          throw new CliError('failed', `The export of ${id} is not whole: it lacks its last line. Repeat it.`);
        }
        // The line that names the next part is for readers of parts.
        const data = isMore ? lines.slice(0, -1) : lines;
        count += data.length;
        progress.say(`${id}: ${number(count)} lines`);
        yield { data, text: data.map((line) => `${JSON.stringify(line)}\n`).join('') };
        if (!isMore) return;
        cursor = last.cursor;
      }
    } finally {
      progress.end();
    }
  },
};

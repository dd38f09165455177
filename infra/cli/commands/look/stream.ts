/** Prints the stream of an execution. */
import { path } from '../../api/api.ts';
import { StreamPage } from '../../api/wire.ts';
import type { ServiceCommand } from '../../row.ts';
import { paint } from '../../show/look.ts';
import { json, line } from '../../show/text.ts';

const LIMIT = 100;
const WAIT = 20;

export const stream: ServiceCommand = {
  kind: 'service',
  async *ask(api, given, look) {
    const follows = given.flag('follow');
    let after = given.number('after', 0, 99_999_999_999_999) ?? 0;
    let isEmpty = true;
    for (;;) {
      const query = { after, limit: LIMIT, wait: follows ? WAIT : undefined };
      const request = { method: 'GET', path: path`/executions/${given.text('execution')}/stream`, query } as const;
      const page = await api.call(request, StreamPage);
      const text = page.items.map(
        ({ seq, chunk = '', item }) => `${paint(look, 'quiet', `${seq} ${line(chunk)}`)}  ${json(item)}\n`,
      );
      if (page.items.length > 0) {
        isEmpty = false;
        yield { data: page.items, text: text.join(''), isOpen: follows && !page.ended };
      }
      if (page.ended || (!follows && page.items.length === 0)) {
        if (isEmpty) yield { data: [], text: 'There are no items.\n' };
        return;
      }
      after = page.cursor;
    }
  },
};

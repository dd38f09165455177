import { useState } from 'react';
import { call } from '../../api/call.ts';
import { executionPath } from '../../api/paths.ts';
import { usePoll } from '../../api/poll.ts';
import type { StreamItems } from '../../api/wire.ts';
import { Empty, Skeleton } from '../../parts/empty.tsx';
import { JsonView } from '../../parts/json-view.tsx';

type Streamed = StreamItems['items'][number];

/** Items on the page; older ones are read with the API. */
const MOST = 500;

/** The tail of the stream, newest first. */
export function StreamTab({ id }: { readonly id: string }) {
  const [items, setItems] = useState<readonly Streamed[]>([]);
  const after = items.at(-1)?.seq ?? 0;
  const path = `${executionPath(id)}/stream?limit=100&after=`;
  const { value } = usePoll(
    path,
    async (signal) => {
      const page = await call<StreamItems>('GET', path + after, { signal });
      if (page.items.length > 0) setItems((before) => joined(before, page.items));
      return { ended: page.ended, cursor: page.cursor };
    },
    ({ ended }) => (ended ? undefined : 1_000),
  );
  return (
    <div className="page tab-page">
      <section className="card">
        {!value && items.length === 0 && (
          <div className="pad">
            <Skeleton rows={3} />
          </div>
        )}
        {value && items.length === 0 && (
          <Empty icon="list" title="Nothing was streamed" text="Chunks put items into the stream with ctx.stream." />
        )}
        {items.toReversed().map(({ seq, chunk, attempt, item }) => (
          <div key={seq} className="sec">
            <h3>
              <span className="num quiet">{seq}</span> {chunk}
              {attempt > 1 && <span className="quiet">attempt {attempt}</span>}
            </h3>
            <JsonView value={item} label={`Item ${seq}`} />
          </div>
        ))}
      </section>
    </div>
  );
}

function joined(before: readonly Streamed[], more: readonly Streamed[]): readonly Streamed[] {
  const last = before.at(-1)?.seq ?? 0;
  return [...before, ...more.filter(({ seq }) => seq > last)].slice(-MOST);
}

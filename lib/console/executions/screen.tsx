/** Screen 1: which execution needs somebody. */
import { useEffect, useState } from 'react';
import { useConnection } from '../api/connection.ts';
import { useKey } from '../app/keys.ts';
import { executionPlace, go, linkTo, usePlace } from '../app/router.ts';
import { useFlows } from '../flows/use-flows.ts';
import { Empty, Skeleton } from '../parts/empty.tsx';
import { Failure } from '../parts/failure.tsx';
import { Icon } from '../parts/icons.tsx';
import { clockOf } from '../parts/times.ts';
import { BulkBar } from './bulk-bar.tsx';
import { type Filter, filterOf, isEmpty, wordsOf } from './filter.ts';
import { FilterBar, StatusSegments } from './filter-bar.tsx';
import { Jobs } from './job.tsx';
import { Cards, Table } from './rows.tsx';
import { useList } from './use-list.ts';

export function ExecutionsScreen() {
  const { query } = usePlace();
  const filter = filterOf(query);
  const { value, error, more, refresh } = useList(filter);
  const { heardAt } = useConnection();
  const items = value?.items ?? [];
  const [cursor, setCursor] = useState(-1);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [begun, setBegun] = useState<readonly string[]>([]);
  const text = wordsOf(filter);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter shows another list
  useEffect(() => {
    setSelected(new Set());
    setCursor(-1);
  }, [text]);
  const select = (ids: readonly string[], on: boolean) =>
    setSelected((before) => {
      const next = new Set(before);
      for (const id of ids) on ? next.add(id) : next.delete(id);
      return next;
    });
  const here = items[cursor];
  useKey('j', () => setCursor((at) => Math.min(items.length - 1, at + 1)));
  useKey('k', () => setCursor((at) => Math.max(0, at - 1)));
  useKey('x', () => here && select([here.executionId], !selected.has(here.executionId)));
  useKey('Enter', (event) => {
    if (here && event.target === document.body) go(executionPlace(here.executionId));
  });
  useKey('Escape', () => setSelected(new Set()));
  const counted = value && `${items.length}${value.cursor === undefined ? '' : '+'}`;
  return (
    <main className="page">
      <div className="row heading">
        <div>
          <h1>Executions</h1>
          <p className="soft wide">Everything that runs, waits or has ended, newest first.</p>
        </div>
        <a className="btn primary right" {...linkTo('/flows')}>
          <Icon name="plus" />
          Start…
        </a>
      </div>
      <div className="row segments">
        <StatusSegments filter={filter} counted={counted} />
      </div>
      <FilterBar filter={filter} asOf={clockOf(heardAt, true)} />
      <Jobs begun={begun} onDone={refresh} />
      {error && <Failure error={error} />}
      {!value && !error && (
        <div className="card pad">
          <Skeleton rows={6} />
        </div>
      )}
      {value && items.length === 0 && <Nothing filter={filter} />}
      {items.length > 0 && (
        <>
          <Table {...{ items, cursor, selected }} onSelect={select} />
          <Cards items={items} />
          {value?.cursor !== undefined && (
            <div className="row more">
              <button type="button" className="btn" onClick={more}>
                Show more
              </button>
            </div>
          )}
        </>
      )}
      {selected.size > 0 && (
        <BulkBar
          ids={[...selected]}
          filter={filter}
          onBegun={(id) => setBegun([...begun, id])}
          onDone={refresh}
          onClose={() => setSelected(new Set())}
        />
      )}
    </main>
  );
}

function Nothing({ filter }: { readonly filter: Filter }) {
  const flows = useFlows().value?.items ?? [];
  const [first] = flows;
  if (!isEmpty(filter)) {
    return (
      <div className="card">
        <Empty title="No execution matches" text={wordsOf(filter)}>
          <a className="btn" {...linkTo('/executions')}>
            Clear filters
          </a>
        </Empty>
      </div>
    );
  }
  return (
    <div className="card">
      <Empty icon="flows" title="Nothing has run yet" text="Start a flow from here. It appears at once.">
        {first && (
          <a className="btn primary" {...linkTo(`/flows/${first.flow}`)}>
            Start {first.flow}…
          </a>
        )}
        <a className="btn" {...linkTo('/flows')}>
          Look at the flows
        </a>
      </Empty>
    </div>
  );
}

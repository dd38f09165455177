/** Screen 2: one execution. The graph stays where it is; its colours and words are live. */
import { useState } from 'react';
import { ApiError } from '../api/call.ts';
import { useKey } from '../app/keys.ts';
import { executionPlace, go, linkTo, usePlace } from '../app/router.ts';
import { Empty, Skeleton } from '../parts/empty.tsx';
import { Failure } from '../parts/failure.tsx';
import { FailedCard } from './failed-card.tsx';
import { GraphTab } from './graph-tab.tsx';
import { Header } from './header.tsx';
import { AnswersTab } from './tabs/answers-tab.tsx';
import { InterventionsTab } from './tabs/interventions-tab.tsx';
import { RawTab } from './tabs/raw-tab.tsx';
import { StateTab } from './tabs/state-tab.tsx';
import { StreamTab } from './tabs/stream-tab.tsx';
import { TABS, type TabName, tabOf } from './tabs.ts';
import { type Execution, useExecution } from './use-execution.ts';

export default function ExecutionScreen({ id }: { readonly id: string }) {
  const { query } = usePlace();
  const execution = useExecution(id);
  const { view, error } = execution;
  const tab = tabOf(query);
  const [picked, setPicked] = useState<string>();
  const show = (name: TabName) =>
    go(`${executionPlace(id)}${name === 'graph' ? '' : `?tab=${name}`}`, { replace: true });
  for (const [i, { name }] of TABS.entries()) {
    // biome-ignore lint/correctness/useHookAtTopLevel: the tabs are always the same
    useKey(String(i + 1), () => show(name));
  }
  useKey('Escape', () => setPicked(undefined));
  if (!view) return <Missing id={id} error={error} />;
  return (
    <main>
      <Header id={id} view={view} execution={execution} />
      <nav className="tabs" aria-label="Views">
        {TABS.map(({ name, label }) => (
          <a
            key={name}
            aria-current={tab === name ? 'page' : undefined}
            {...linkTo(`${executionPlace(id)}${name === 'graph' ? '' : `?tab=${name}`}`)}
          >
            {label} <span className="n">{countOf(name, execution)}</span>
          </a>
        ))}
      </nav>
      {view.error && tab === 'graph' && <FailedCard view={view} execution={execution} />}
      {tab === 'graph' && <GraphTab {...{ view, execution, picked, setPicked }} />}
      {tab === 'answers' && <AnswersTab view={view} history={execution.history} refresh={execution.refresh} />}
      {tab === 'state' && <StateTab view={view} />}
      {tab === 'stream' && <StreamTab id={id} />}
      {tab === 'interventions' && <InterventionsTab view={view} history={execution.history} />}
      {tab === 'raw' && <RawTab view={view} history={execution.history} />}
    </main>
  );
}

function countOf(name: TabName, { view }: Execution): string {
  if (name === 'answers' && view && view.interrupts.length > 0) return `${view.interrupts.length} open`;
  return '';
}

/** Why there is nothing to show, by the code of the answer. */
const GONE: Readonly<Record<string, (id: string) => { readonly title: string; readonly text: string }>> = {
  unknown_execution: (id) => ({ title: `No execution ${id}`, text: 'Check the id, or look among the newest.' }),
  erased: (id) => ({
    title: `${id} was erased`,
    text: 'Its state, history and files are deleted. Only its id is kept, so that it is not started twice.',
  }),
  retention_over: (id) => ({
    title: `${id} is not kept any more`,
    text: 'It was deleted when its time of retention ended. Its flow says how long that is.',
  }),
};

function Missing({ id, error }: { readonly id: string; readonly error: Error | undefined }) {
  const gone = error instanceof ApiError && Object.hasOwn(GONE, error.code) ? GONE[error.code]?.(id) : undefined;
  if (gone) {
    return (
      <main className="page">
        <div className="card">
          <Empty icon="find" {...gone}>
            <a className="btn" {...linkTo('/executions')}>
              Show the newest
            </a>
          </Empty>
        </div>
      </main>
    );
  }
  return (
    <main className="page">
      {error ? (
        <Failure error={error} />
      ) : (
        <div className="card pad">
          <Skeleton rows={6} />
        </div>
      )}
    </main>
  );
}

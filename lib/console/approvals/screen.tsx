/** Screen 3: what waits for people, oldest first, answered here. */
import { useState } from 'react';
import { factsOf } from '../../forms/facts.ts';
import type { Wait } from '../api/wire.ts';
import { useKey } from '../app/keys.ts';
import { go, linkTo, usePlace } from '../app/router.ts';
import { Empty, Skeleton } from '../parts/empty.tsx';
import { Failure } from '../parts/failure.tsx';
import { Took } from '../parts/time.tsx';
import { Question } from './question.tsx';
import { useWaits } from './use-waits.ts';
import { keyOf, oldestFirst } from './waits.ts';

export function ApprovalsScreen() {
  const { query } = usePlace();
  const { value, error, refresh } = useWaits();
  const [answered, setAnswered] = useState<ReadonlySet<string>>(new Set());
  const flow = query.get('flow') ?? '';
  const waits = oldestFirst(value?.items ?? []).filter(
    (wait) => !answered.has(keyOf(wait)) && (flow === '' || wait.flow === flow),
  );
  const wanted = query.get('wait');
  const at = Math.max(
    0,
    waits.findIndex((wait) => keyOf(wait) === wanted),
  );
  const chosen = waits[at];
  const open = (wait: Wait | undefined) =>
    wait &&
    go(`/approvals?${new URLSearchParams({ ...(flow === '' ? {} : { flow }), wait: keyOf(wait) })}`, { replace: true });
  useKey('j', () => open(waits[at + 1]));
  useKey('k', () => open(waits[at - 1]));
  for (const key of ['a', 'r']) {
    // biome-ignore lint/correctness/useHookAtTopLevel: the two keys are always the same
    useKey(key, () => document.querySelector<HTMLButtonElement>(`[data-hotkey=${key}]`)?.focus());
  }
  return (
    <main className="page approvals">
      <div className="row heading">
        <h1>Approvals</h1>
        {value && <span className="soft">{waits.length} open, oldest first</span>}
        <span className="right wide quiet s">
          <span className="kbd">J</span> <span className="kbd">K</span> next, previous
        </span>
      </div>
      {error && <Failure error={error} />}
      {!value && !error && (
        <div className="card pad">
          <Skeleton rows={5} />
        </div>
      )}
      {value && waits.length === 0 && (
        <div className="card">
          <Empty icon="tick" title="Nobody is waiting for you" text="New questions appear here by themselves.">
            <a className="btn" {...linkTo('/executions')}>
              Show executions
            </a>
          </Empty>
        </div>
      )}
      {chosen && (
        <div className="card inbox">
          <ul className="waits" aria-label="Open questions">
            {waits.map((wait) => (
              <Item key={keyOf(wait)} wait={wait} here={wait === chosen} onOpen={() => open(wait)} />
            ))}
          </ul>
          <Question
            key={keyOf(chosen)}
            wait={chosen}
            onAnswered={() => {
              setAnswered((before) => new Set(before).add(keyOf(chosen)));
              refresh();
            }}
          />
        </div>
      )}
    </main>
  );
}

function Item({ wait, here, onOpen }: { readonly wait: Wait; readonly here: boolean; readonly onOpen: () => void }) {
  return (
    <li>
      <button type="button" className="wait" aria-current={here ? 'true' : undefined} onClick={onOpen}>
        <span className="row">
          <b className="cut">{factsOf(wait).question}</b>
          <span className="right s num">
            <Took from={wait.createdAt} />
          </span>
        </span>
        <span className="row s soft">
          <span className="who w">{wait.type.charAt(0).toUpperCase()}</span>
          <span className="cut">
            {wait.type} · {wait.flow}
          </span>
        </span>
      </button>
    </li>
  );
}

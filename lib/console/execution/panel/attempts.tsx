import { useMemo, useState } from 'react';
import { boxOf, type Doing } from '../../api/history.ts';
import { useKey } from '../../app/keys.ts';
import { StateIcon } from '../../parts/chip.tsx';
import { Icon } from '../../parts/icons.tsx';
import { JsonView } from '../../parts/json-view.tsx';
import { Ago, Until } from '../../parts/time.tsx';
import { length } from '../../parts/times.ts';
import { type Attempt, createActivations } from './activations.ts';
import type { PanelProps } from './panel.tsx';
import { RerunButton } from './rerun-button.tsx';
import { TryNow } from './try-now.tsx';

/** The attempts of one activation; brackets step through the activations of the box. */
export function Attempts({ box, view, history, refresh }: PanelProps) {
  const read = useMemo(() => createActivations(box.id), [box.id]);
  const activations = useMemo(() => read(history.items), [read, history.items]);
  const [at, setAt] = useState<number>();
  const shown = Math.min(at ?? activations.length - 1, activations.length - 1);
  useKey('[', () => setAt(Math.max(0, shown - 1)));
  useKey(']', () => setAt(Math.min(activations.length - 1, shown + 1)));
  const activation = activations[shown];
  const doing = (view.doing ?? []).filter((each) => boxOf(each) === box.id);
  if (!activation) return <Nothing doing={doing} missing={history.isMissing ?? false} />;
  const now = doing.find(({ activationId }) => activationId === activation.id);
  return (
    <>
      {activations.length > 1 && (
        <div className="row pad-x s">
          <button
            type="button"
            className="btn bare icon"
            aria-label="The one before"
            onClick={() => setAt(Math.max(0, shown - 1))}
          >
            <Icon name="back" />
          </button>
          <span className="num">
            {shown + 1} of {activations.length}
            {activation.items !== undefined && `, item ${activation.items}`}
          </span>
          <button
            type="button"
            className="btn bare icon"
            aria-label="The next one"
            onClick={() => setAt(Math.min(activations.length - 1, shown + 1))}
          >
            <Icon name="next" />
          </button>
        </div>
      )}
      {activation.input !== undefined && (
        <div className="sec">
          <h3>Input</h3>
          <JsonView value={activation.input} label="Input" />
        </div>
      )}
      <div className="sec">
        <h3>Attempts</h3>
        <ol className="attempts">
          {activation.attempts.map((attempt) => (
            <AttemptRow key={attempt.number} attempt={attempt} />
          ))}
        </ol>
        {now?.nextAt !== undefined && (
          <p className="row s">
            <StateIcon state="retrying" /> tries again <Until at={now.nextAt} />
          </p>
        )}
        {(now?.state === 'retrying' || now?.state === 'sleeping') && (
          <TryNow id={view.executionId} activation={now.activationId} onDone={refresh} />
        )}
        {activation.rerun && <RerunButton key={activation.id} {...{ view, box, activation }} />}
      </div>
      {activation.output !== undefined && (
        <div className="sec">
          <h3>Output</h3>
          <JsonView value={activation.output} label="Output" />
        </div>
      )}
      <div className="sec s">
        <h3>Logs</h3>
        <p className="soft">
          Lines of this activation have <code className="mono">activationId</code>{' '}
          <code className="mono break">{activation.id}</code>, in the log of the step function.
        </p>
      </div>
    </>
  );
}

function AttemptRow({
  attempt: { number, state, startedAt, ms, queued, error, until, who },
}: {
  readonly attempt: Attempt;
}) {
  return (
    <li>
      <StateIcon state={state} />
      <span>
        <b>{number}</b> {WORDS[state] ?? state}
        {who !== undefined && ` by ${who}`} <span className="quiet">{startedAt && <Ago at={startedAt} />}</span>
      </span>
      <span className="num soft">{ms === undefined ? '' : length(ms)}</span>
      {queued !== undefined && queued > 100 && (
        <span className="body quiet s">{length(queued)} in the queue before</span>
      )}
      {until !== undefined && (
        <span className="body quiet s">
          until <Until at={until} />
        </span>
      )}
      {error && (
        <div className="body">
          <pre className="code">
            <b className="k">{error.code ?? error.name}</b> {error.message}
          </pre>
        </div>
      )}
    </li>
  );
}

const WORDS: Readonly<Record<string, string>> = {
  done: 'done',
  failed: 'failed',
  running: 'running',
  waiting: 'asked, waits for an answer',
  sleeping: 'sleeps',
  cancelled: 'stopped',
};

function Nothing({ doing, missing }: { readonly doing: readonly Doing[]; readonly missing: boolean }) {
  const [first] = doing;
  if (first)
    return (
      <p className="pad soft">
        Attempt {first.attempt}, {first.state}. Its record comes within a few seconds.
      </p>
    );
  return <p className="pad soft">{missing ? 'This stage keeps no history.' : 'It has not run.'}</p>;
}

import { useState } from 'react';
import { call } from '../api/call.ts';
import { executionPath } from '../api/paths.ts';
import { usePoll } from '../api/poll.ts';
import type { Page, Summary } from '../api/wire.ts';
import { executionPlace, linkTo } from '../app/router.ts';
import { StateIcon } from '../parts/chip.tsx';
import { Failure } from '../parts/failure.tsx';
import { Icon } from '../parts/icons.tsx';
import { type Progress, progressOf, titleOf } from './bulk.ts';

interface JobProps {
  readonly executionId: string;
  /** Called once it has ended. */
  readonly onDone: () => void;
}

function useJob({ executionId, onDone }: JobProps) {
  return usePoll(
    executionId,
    async (signal) => {
      const progress = await progressOf(executionId, signal);
      if (progress.ended) onDone();
      return progress;
    },
    ({ ended }) => (ended ? undefined : 500),
  );
}

/** How far it is. It goes on when its dialog is closed, and the strips show it then. */
export function Job(props: JobProps) {
  const { value, error } = useJob(props);
  if (error) return <Failure error={error} />;
  return (
    <div className="strip" role="status">
      <Bar progress={value} />
      {value?.failure !== undefined && <div className="err">{value.failure}</div>}
      <Reasons counts={value?.byError ?? {}} />
      <a className="link s" {...linkTo(executionPlace(props.executionId))}>
        Its execution
      </a>
    </div>
  );
}

const RUNNING = '/executions?flow=%24bulk&status=open&limit=5';
const EVERY = 5_000;

/** A strip for each act that runs on many executions, whoever began it. One that has ended stays until it is dismissed. */
export function Jobs({ begun, onDone }: { readonly begun: readonly string[]; readonly onDone: () => void }) {
  const { value } = usePoll(`jobs ${begun.length}`, (signal) => call<Page<Summary>>('GET', RUNNING, { signal }), EVERY);
  const [seen, setSeen] = useState<readonly string[]>([]);
  const [dismissed, setDismissed] = useState<readonly string[]>([]);
  const running = (value?.items ?? []).map(({ executionId }) => executionId);
  const known = [...new Set([...begun, ...seen, ...running])];
  if (known.length > seen.length) setSeen(known);
  return known
    .filter((id) => !dismissed.includes(id))
    .map((id) => (
      <Strip key={id} executionId={id} onDone={onDone} onDismiss={() => setDismissed([...dismissed, id])} />
    ));
}

function Strip({ executionId, onDone, onDismiss }: JobProps & { readonly onDismiss: () => void }) {
  const { value, refresh } = useJob({ executionId, onDone });
  if (!value) return null;
  const { status, ended, byError, failure } = value;
  const turn = () =>
    call('POST', `${executionPath(executionId)}/${status === 'paused' ? 'unpause' : 'pause'}`, { body: {} }).then(
      refresh,
      refresh,
    );
  const reasons = [...(failure === undefined ? [] : [failure]), ...Object.keys(byError)].join('\n');
  return (
    <section className="strip job" aria-label={titleOf(value)}>
      <StateIcon state={ended ? status : status === 'paused' ? 'paused' : 'running'} />
      <b>{titleOf(value)}</b>
      {value.actor !== undefined && <span className="soft wide">by {value.actor}</span>}
      <Bar progress={value} title={reasons} />
      {!ended && (
        <button type="button" className="btn bare" onClick={() => void turn()}>
          {status === 'paused' ? 'Continue' : 'Pause'}
        </button>
      )}
      <a className="link s" {...linkTo(executionPlace(executionId))}>
        Show
      </a>
      {ended && (
        <button type="button" className="btn bare icon" aria-label="Dismiss" onClick={onDismiss}>
          <Icon name="close" />
        </button>
      )}
    </section>
  );
}

/** @param title shown on hover: why some were refused */
function Bar({ progress, title }: { readonly progress: Progress | undefined; readonly title?: string }) {
  const { done = 0, refused = 0, total = 0 } = progress ?? {};
  const share = (count: number) => ({ width: `${(100 * count) / Math.max(1, total)}%` });
  return (
    <>
      <div className="bar grow">
        {done > 0 && <span className="done" style={share(done)} />}
        {refused > 0 && <span className="failed" style={share(refused)} />}
      </div>
      <span className="num s" title={title === '' ? undefined : title}>
        <b>
          {done + refused} of {total}
        </b>
        {refused > 0 && `, ${refused} refused`}
      </span>
    </>
  );
}

export function Reasons({ counts }: { readonly counts: Readonly<Record<string, number>> }) {
  return Object.entries(counts).map(([message, count]) => (
    <div key={message} className="err">
      {count} × {message}
    </div>
  ));
}

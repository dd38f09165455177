import { useState } from 'react';
import { Dialog } from '../parts/dialog.tsx';
import { Icon } from '../parts/icons.tsx';
import { BULK, type BulkAction, type Progress, runBulk } from './bulk.ts';
import type { Filter } from './filter.ts';
import { wordsOf } from './filter.ts';

export interface BulkProps {
  readonly ids: readonly string[];
  readonly filter: Filter;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** What can be done with the selected executions. */
export function BulkBar({ ids, filter, onDone, onClose }: BulkProps) {
  const [action, setAction] = useState<BulkAction>();
  return (
    <section className="bulk" aria-label="Selected executions">
      <b className="num">{ids.length} selected</b>
      {(['redrive', 'close', 'cancel'] as const).map((each) => (
        <button
          key={each}
          type="button"
          className={`btn ${each === 'redrive' ? 'primary' : ''} ${BULK[each].danger ? 'danger' : ''}`}
          onClick={() => setAction(each)}
        >
          {BULK[each].verb}…
        </button>
      ))}
      <button type="button" className="btn bare icon" aria-label="Select none" onClick={onClose}>
        <Icon name="close" />
      </button>
      {action && <Preview {...{ action, ids, filter }} onDone={onDone} onClose={() => setAction(undefined)} />}
    </section>
  );
}

function Preview({ action, ids, filter, onDone, onClose }: BulkProps & { readonly action: BulkAction }) {
  const [progress, setProgress] = useState<Progress>();
  const { verb, says, danger } = BULK[action];
  const ended = progress !== undefined && progress.done + progress.failed === progress.total;
  const run = () => {
    setProgress({ done: 0, failed: 0, total: ids.length, errors: {} });
    void runBulk(action, ids, setProgress).then(onDone);
  };
  const more = ids.length - 3;
  const text = wordsOf(filter);
  return (
    <Dialog title={`${verb} ${ids.length} ${ids.length === 1 ? 'execution' : 'executions'}?`} onClose={onClose}>
      <p className="soft">{says}</p>
      <dl className="facts">
        {text !== '' && (
          <>
            <dt>Among</dt>
            <dd>{text}</dd>
          </>
        )}
        <dt>First</dt>
        <dd className="mono">
          {ids.slice(0, 3).join(', ')}
          {more > 0 && ` and ${more} more`}
        </dd>
      </dl>
      {progress && <Strip progress={progress} />}
      <div className="row ends">
        <button type="button" className="btn" onClick={onClose}>
          {ended ? 'Close' : 'Not now'}
        </button>
        {!progress && (
          <button type="button" className={danger ? 'btn primary danger' : 'btn primary'} onClick={run}>
            {verb} {ids.length}
          </button>
        )}
      </div>
    </Dialog>
  );
}

function Strip({ progress: { done, failed, total, errors } }: { readonly progress: Progress }) {
  return (
    <div className="strip" role="status">
      <div className="bar grow">
        <span className="done" style={{ width: `${(100 * done) / total}%` }} />
        <span className="failed" style={{ width: `${(100 * failed) / total}%` }} />
      </div>
      <span className="num s">
        <b>
          {done + failed} of {total}
        </b>
        {failed > 0 && `, ${failed} refused`}
      </span>
      {Object.entries(errors).map(([message, count]) => (
        <div key={message} className="err">
          {count} × {message}
        </div>
      ))}
    </div>
  );
}

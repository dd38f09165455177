import { useState } from 'react';
import { usePoll } from '../api/poll.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Skeleton } from '../parts/empty.tsx';
import { Failure } from '../parts/failure.tsx';
import { Icon } from '../parts/icons.tsx';
import { BULK, type BulkAction, type Preview, preview, run, type Target } from './bulk.ts';
import { type Filter, isEmpty, wordsOf } from './filter.ts';
import { Job, Reasons } from './job.tsx';

export interface BulkProps {
  readonly ids: readonly string[];
  readonly filter: Filter;
  /** Gets the execution that acts. */
  readonly onBegun: (executionId: string) => void;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

const ACTIONS = ['redrive', 'pause', 'unpause', 'close', 'cancel', 'erase'] as const;

/** What can be done with the selected executions, or with all that match. */
export function BulkBar({ ids, filter, onBegun, onDone, onClose }: BulkProps) {
  const [action, setAction] = useState<BulkAction>();
  const [all, setAll] = useState(false);
  return (
    <section className="bulk" aria-label="Selected executions">
      <b className="num">{all ? 'All that match' : `${ids.length} selected`}</b>
      {!isEmpty(filter) && (
        <button type="button" className="btn bare" onClick={() => setAll(!all)}>
          {all ? `Only the ${ids.length} selected` : 'All that match'}
        </button>
      )}
      {ACTIONS.map((each) => (
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
      {action && (
        <BulkDialog
          {...{ action, onBegun, onDone }}
          among={all ? wordsOf(filter) : ''}
          target={all ? { filter } : { ids }}
          onClose={(began) => (began ? onClose() : setAction(undefined))}
        />
      )}
    </section>
  );
}

interface DialogProps {
  readonly action: BulkAction;
  readonly target: Target;
  /** The filter in words. Empty: the selected ones. */
  readonly among: string;
  readonly onBegun: (executionId: string) => void;
  readonly onDone: () => void;
  /** `began`: the act was begun, so the selection has had its use. */
  readonly onClose: (began: boolean) => void;
}

/** Shows what would be done, does it, and shows how far it is. */
function BulkDialog({ action, target, among, onBegun, onDone, onClose }: DialogProps) {
  const [executionId, setExecutionId] = useState<string>();
  const close = () => onClose(executionId !== undefined);
  const [refused, setRefused] = useState<Error>();
  const { verb, says, danger } = BULK[action];
  const shown = usePoll(`preview ${action}`, (signal) => preview(action, target, signal), undefined);
  const begin = (what: Preview) => {
    setRefused(undefined);
    run(what).then((id) => {
      setExecutionId(id);
      onBegun(id);
    }, setRefused);
  };
  const error = refused ?? shown.error;
  const found = shown.value;
  const title = found
    ? `${verb} ${found.count} ${found.count === 1 ? 'execution' : 'executions'}?`
    : `${verb} executions?`;
  return (
    <Dialog title={title} onClose={close}>
      <p className="soft">{says}</p>
      {error && <Failure error={error} />}
      {!found && !error && <Skeleton rows={2} />}
      {found && <Facts found={found} among={among} />}
      {executionId !== undefined && <Job executionId={executionId} onDone={onDone} />}
      <div className="row ends">
        <button type="button" className="btn" onClick={close}>
          {executionId === undefined ? 'Not now' : 'Close'}
        </button>
        {found && executionId === undefined && (
          <button
            type="button"
            className={danger ? 'btn primary danger' : 'btn primary'}
            disabled={found.count === 0}
            onClick={() => begin(found)}
          >
            {verb} {found.count}
          </button>
        )}
      </div>
    </Dialog>
  );
}

function Facts({ found, among }: { readonly found: Preview; readonly among: string }) {
  const more = found.count - 3;
  return (
    <>
      <dl className="facts">
        {among !== '' && (
          <>
            <dt>Among</dt>
            <dd>{among}</dd>
          </>
        )}
        <dt>Executions</dt>
        <dd className="num">{found.count}</dd>
        {found.count > 0 && (
          <>
            <dt>First</dt>
            <dd className="mono">
              {found.sample.slice(0, 3).join(', ')}
              {more > 0 && ` and ${more} more`}
            </dd>
          </>
        )}
      </dl>
      <Reasons counts={found.byError} />
    </>
  );
}

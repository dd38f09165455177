import { useState } from 'react';
import { isMissing } from '../api/call.ts';
import type { View } from '../api/history.ts';
import { executionPlace, go } from '../app/router.ts';
import { Dialog } from '../parts/dialog.tsx';
import { DialogEnd } from '../parts/dialog-end.tsx';
import { ACTIONS, type ActionName, perform } from './actions.ts';

export interface ActProps {
  readonly action: ActionName;
  readonly view: View;
  readonly onDone: () => void;
  readonly primary?: boolean;
  readonly label?: string;
  readonly className?: string;
}

/** A button, and the dialog that says what it does before it does it. */
export function Act({ action, view, onDone, primary = false, label, className }: ActProps) {
  const [open, setOpen] = useState(false);
  const { danger, label: own } = ACTIONS[action];
  const classes = className ?? `btn ${primary ? 'primary' : ''} ${danger ? 'danger' : ''}`;
  return (
    <>
      <button type="button" className={classes} onClick={() => setOpen(true)}>
        {label ?? own}
      </button>
      {open && <Confirm {...{ action, view, onDone }} onClose={() => setOpen(false)} />}
    </>
  );
}

export function Confirm({
  action,
  view,
  onDone,
  onClose,
}: Omit<ActProps, 'primary'> & { readonly onClose: () => void }) {
  const [reason, setReason] = useState('');
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const { asks, says, press, danger, takesReason } = ACTIONS[action];
  const run = () => {
    setBusy(true);
    perform(action, view.executionId, reason).then(
      (answer) => {
        onClose();
        onDone();
        const copy = (answer as { readonly executionId?: string }).executionId;
        if (action === 'fork' && copy !== undefined) go(executionPlace(copy));
        if (action === 'erase') go('/executions');
      },
      (error: Error) => {
        setBusy(false);
        setProblem(isMissing(error) ? 'This stage does not know this action yet.' : error.message);
      },
    );
  };
  return (
    <Dialog title={asks} onClose={onClose}>
      <p className="soft">
        {view.flow} · <span className="mono">{view.executionId}</span>
      </p>
      <ul className="says">
        {says(view).map((each) => (
          <li key={each}>{each}</li>
        ))}
      </ul>
      {takesReason && (
        <div className="field">
          <label htmlFor="reason">
            Reason <span className="quiet optional">kept with the execution</span>
          </label>
          <input id="reason" className="input" value={reason} onChange={(event) => setReason(event.target.value)} />
        </div>
      )}
      <DialogEnd problem={problem} onClose={onClose}>
        <button type="button" className={danger ? 'btn primary danger' : 'btn primary'} disabled={busy} onClick={run}>
          {press}
        </button>
      </DialogEnd>
    </Dialog>
  );
}

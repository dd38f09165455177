import { useState } from 'react';
import { ApiError, call, newKey } from '../api/call.ts';
import { waitPath } from '../api/paths.ts';
import type { Wait } from '../api/wire.ts';
import { Dialog } from '../parts/dialog.tsx';
import { DialogEnd } from '../parts/dialog-end.tsx';
import { Icon } from '../parts/icons.tsx';

interface Made {
  readonly callbackUrl: string;
  readonly expiresAt: string;
}

/** Makes a link with which somebody without an account may answer. */
export function LinkButton({ wait }: { readonly wait: Wait }) {
  const [open, setOpen] = useState(false);
  const [to, setTo] = useState('');
  const [made, setMade] = useState<Made>();
  const [problem, setProblem] = useState<string>();
  const { generation = 0 } = wait;
  const make = () => {
    const named = to.trim() === '' ? {} : { to: to.trim() };
    call<Made>('POST', `${waitPath(wait)}/links`, { body: { generation, ...named }, key: newKey() }).then(
      setMade,
      (error: Error) => setProblem(error instanceof ApiError ? error.message : 'The API did not answer.'),
    );
  };
  const close = () => {
    setOpen(false);
    setMade(undefined);
    setProblem(undefined);
  };
  return (
    <>
      <button type="button" className="btn bare" onClick={() => setOpen(true)}>
        <Icon name="link" />
        Link…
      </button>
      {open && (
        <Dialog title="A link for somebody else" onClose={close}>
          <p className="soft">Whoever has the link may answer this question, without signing in.</p>
          {made ? (
            <div className="stack">
              <input className="input mono" readOnly aria-label="Link" value={made.callbackUrl} />
              <div className="row ends">
                <button
                  type="button"
                  className="btn primary"
                  onClick={() => void navigator.clipboard.writeText(made.callbackUrl).then(close, () => undefined)}
                >
                  Copy
                </button>
              </div>
            </div>
          ) : (
            <form
              className="stack"
              onSubmit={(event) => {
                event.preventDefault();
                make();
              }}
            >
              <div className="field">
                <label htmlFor="link-to">
                  For <span className="quiet optional">a name that the answer is kept under; optional</span>
                </label>
                <input id="link-to" className="input" value={to} onChange={(event) => setTo(event.target.value)} />
              </div>
              <DialogEnd problem={problem} onClose={close}>
                <button type="submit" className="btn primary">
                  Make the link
                </button>
              </DialogEnd>
            </form>
          )}
        </Dialog>
      )}
    </>
  );
}

import { useState } from 'react';
import { call, newKey } from '../api/call.ts';
import type { View } from '../api/history.ts';
import { executionPath } from '../api/paths.ts';
import { Dialog } from '../parts/dialog.tsx';
import { DialogEnd } from '../parts/dialog-end.tsx';

/** Adds context for what has not run yet. The API says so where the execution takes none. */
export function InterveneDialog({
  view,
  onDone,
  onClose,
}: {
  readonly view: View;
  readonly onDone: () => void;
  readonly onClose: () => void;
}) {
  const [text, setText] = useState('');
  const [note, setNote] = useState('');
  const [problem, setProblem] = useState<string>();
  const [key] = useState(newKey);
  const send = () => {
    const body = { payload: jsonOrText(text), ...(note.trim() === '' ? {} : { note: note.trim() }) };
    call('POST', `${executionPath(view.executionId)}/interventions`, { body, key }).then(
      () => {
        onClose();
        onDone();
      },
      (error: Error) => setProblem(error.message),
    );
  };
  return (
    <Dialog title="Intervene" onClose={onClose}>
      <p className="soft">The next step that takes interventions gets this text. Sending it starts nothing.</p>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <div className="field">
          <label htmlFor="intervention">Text or JSON</label>
          <textarea
            id="intervention"
            className="input"
            rows={4}
            required
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </div>
        <div className="field">
          <label htmlFor="intervention-note">
            Note <span className="quiet optional">optional</span>
          </label>
          <input
            id="intervention-note"
            className="input"
            value={note}
            onChange={(event) => setNote(event.target.value)}
          />
        </div>
        <DialogEnd problem={problem} onClose={onClose}>
          <button type="submit" className="btn primary">
            Send
          </button>
        </DialogEnd>
      </form>
    </Dialog>
  );
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

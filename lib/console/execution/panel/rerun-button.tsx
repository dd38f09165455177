import { useEffect, useState } from 'react';
import { call, newKey } from '../../api/call.ts';
import type { View } from '../../api/history.ts';
import { executionPath } from '../../api/paths.ts';
import { executionPlace, go } from '../../app/router.ts';
import type { Box } from '../../graph/drawing.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { DialogEnd } from '../../parts/dialog-end.tsx';
import type { Activation } from './activations.ts';

interface Props {
  readonly view: View;
  readonly box: Box;
  readonly activation: Activation;
}

/** Runs the execution again from this activation, in a copy, with its input or another one. */
export function RerunButton(props: Props) {
  const [open, setOpen] = useState(false);
  return (
    <div className="row s">
      <button type="button" className="btn" onClick={() => setOpen(true)}>
        Rerun from here…
      </button>
      {open && <Form {...props} onClose={() => setOpen(false)} />}
    </div>
  );
}

function Form({ view, box, activation, onClose }: Props & { readonly onClose: () => void }) {
  const { text, setText, before } = useInput(view.executionId, activation);
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [key] = useState(newKey);
  const send = () => {
    const read = text === before ? {} : readJson(text ?? '');
    if (!read) return setProblem('The input is no JSON. Text stands in quotes.');
    setBusy(true);
    const body = { from: activation.id, ...read };
    call<{ readonly executionId: string }>('POST', `${executionPath(view.executionId)}/rerun`, { body, key }).then(
      ({ executionId }) => {
        onClose();
        go(executionPlace(executionId));
      },
      (error: Error) => {
        setBusy(false);
        setProblem(error.message);
      },
    );
  };
  return (
    <Dialog title={`Rerun from ${box.name}?`} onClose={onClose}>
      <ul className="says">
        <li>A copy with an id of its own begins here, with what was committed before.</li>
        <li>What ran beside it is not in the copy. Files and shared data are common to both.</li>
        <li>This execution stays as it is.</li>
      </ul>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <div className="field">
          <label htmlFor="rerun-input">
            Input <span className="quiet optional">JSON; unchanged, it gets the input that it had</span>
          </label>
          <textarea
            id="rerun-input"
            className="input mono"
            rows={8}
            spellCheck={false}
            disabled={text === undefined}
            value={text ?? 'Reading the input…'}
            onChange={(event) => setText(event.target.value)}
          />
        </div>
        <DialogEnd problem={problem} onClose={onClose}>
          <button type="submit" className="btn primary" disabled={busy || text === undefined}>
            Make the copy
          </button>
        </DialogEnd>
      </form>
    </Dialog>
  );
}

/** Most characters that are read for the editor; a longer input can be replaced, not edited. */
const MOST = 1_000_000;

/** The input as text. The history shortens long ones, so all of it is read then. */
function useInput(id: string, { input, inputPath }: Activation) {
  const [text, setText] = useState(inputPath === undefined ? pretty(input) : undefined);
  const [before, setBefore] = useState(text);
  useEffect(() => {
    if (inputPath === undefined) return;
    const show = (whole: string) => {
      setText(whole);
      setBefore(whole);
    };
    call<{ readonly text: string; readonly next?: number }>(
      'GET',
      `${executionPath(id)}/value?path=${encodeURIComponent(inputPath)}`,
    ).then(
      (part) => show(part.next === undefined && part.text.length < MOST ? pretty(JSON.parse(part.text)) : ''),
      () => show(''),
    );
  }, [id, inputPath]);
  return { text, setText, before };
}

function pretty(value: unknown): string {
  return value === undefined ? '' : JSON.stringify(value, null, 2);
}

function readJson(text: string): { readonly input: unknown } | undefined {
  try {
    return { input: JSON.parse(text) as unknown };
  } catch {
    return undefined;
  }
}

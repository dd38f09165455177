import { useState } from 'react';
import { call, newKey } from '../api/call.ts';
import type { View } from '../api/history.ts';
import { executionPath } from '../api/paths.ts';
import type { Definition } from '../api/wire.ts';
import { SchemaForm } from '../form/schema-form.tsx';
import { useForm } from '../form/use-form.ts';
import { Dialog } from '../parts/dialog.tsx';
import { DialogEnd } from '../parts/dialog-end.tsx';

interface Props {
  readonly view: View;
  readonly definition: Definition | undefined;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** Sends a signal, with a form from the contract. */
export function SignalDialog({ view, definition, onDone, onClose }: Props) {
  const names = signalsOf(definition);
  const [name, setName] = useState<string>();
  const chosen = name ?? names[0] ?? '';
  return (
    <Dialog title="Send a signal" onClose={onClose}>
      <div className="field">
        <label htmlFor="signal-name">Signal</label>
        <select id="signal-name" className="input" value={chosen} onChange={(event) => setName(event.target.value)}>
          {names.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </div>
      <SignalForm key={chosen} {...{ view, definition, onDone, onClose }} name={chosen} />
    </Dialog>
  );
}

/** Declared signals, and those that the graph listens to. */
export function signalsOf(definition: Definition | undefined): readonly string[] {
  if (!definition) return [];
  return [...new Set([...Object.keys(definition.graph.on), ...Object.keys(definition.contract.signals ?? {})])];
}

function SignalForm({ view, definition, name, onClose, onDone }: Props & { readonly name: string }) {
  const form = useForm(definition?.contract.signals?.[name] ?? null);
  const [problem, setProblem] = useState<string>();
  const [key] = useState(newKey);
  const send = () => {
    const read = form.read();
    if (!read) return;
    call('POST', `${executionPath(view.executionId)}/signals/${encodeURIComponent(name)}`, {
      body: { value: read.value },
      key,
    }).then(
      () => {
        onClose();
        onDone();
      },
      (error: Error) => setProblem(error.message),
    );
  };
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <SchemaForm {...form.props} />
      <DialogEnd problem={problem} onClose={onClose}>
        <button type="submit" className="btn primary">
          Send
        </button>
      </DialogEnd>
    </form>
  );
}

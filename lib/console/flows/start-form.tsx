/** Starts an execution, with a form made from the flow's input schema. */
import { useState } from 'react';
import { ApiError, call, newKey } from '../api/call.ts';
import type { Schema } from '../api/wire.ts';
import { executionPlace, go } from '../app/router.ts';
import { SchemaForm } from '../form/schema-form.tsx';
import { useForm } from '../form/use-form.ts';
import { Failure } from '../parts/failure.tsx';
import { sameCommand } from './same-command.ts';

export interface StartProps {
  readonly flow: string;
  /** `null`: the flow takes any input. */
  readonly schema: Schema | null;
}

export function StartForm({ flow, schema }: StartProps) {
  const form = useForm(schema);
  const [id, setId] = useState('');
  const [startAt, setStartAt] = useState('');
  const [error, setError] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const [key, setKey] = useState(newKey);
  const start = () => {
    const read = form.read();
    if (!read || busy) return;
    setBusy(true);
    setError(undefined);
    const at = startAt === '' ? {} : { options: { startAt: new Date(startAt).toISOString() } };
    const wanted = id.trim() === '' ? key : id.trim();
    const path = `/flows/${encodeURIComponent(flow)}/executions`;
    call<{ readonly executionId: string }>('POST', path, { body: { input: read.value, ...at }, key: wanted }).then(
      ({ executionId }) => go(executionPlace(executionId)),
      (problem: Error) => {
        setBusy(false);
        setKey(newKey());
        const field = problem instanceof ApiError ? problem.path?.replace(/^(body\.)?input\.?/, '') : undefined;
        if (field) form.blame(field, problem.message);
        else setError(problem);
      },
    );
  };
  return (
    <section className="card pad start">
      <h2 className="title">Start one</h2>
      <p className="quiet s">{schema === null ? 'The flow takes any JSON.' : 'Made from the flow’s input.'}</p>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          start();
        }}
      >
        <SchemaForm {...form.props} />
        <details>
          <summary>Id, start time</summary>
          <div className="stack">
            <div className="field">
              <label htmlFor="start-id">
                Id <span className="quiet optional">optional; the same id starts once</span>
              </label>
              <input
                id="start-id"
                className="input"
                autoComplete="off"
                value={id}
                onChange={(e) => setId(e.target.value)}
              />
            </div>
            <div className="field">
              <label htmlFor="start-at">
                Start at <span className="quiet optional">optional</span>
              </label>
              <input
                id="start-at"
                className="input"
                type="datetime-local"
                value={startAt}
                onChange={(e) => setStartAt(e.target.value)}
              />
            </div>
          </div>
        </details>
        {error && <Failure error={error} />}
        <button type="submit" className="btn primary big" disabled={busy}>
          Start
        </button>
      </form>
      <p className="quiet s same">Same as</p>
      <pre className="code">{sameCommand(flow, form.props)}</pre>
    </section>
  );
}

/** The form of one wait: the same fields as on the page of its link. */
import { useEffect, useState } from 'react';
import { type Decision, decisionOf } from '../../forms/decision.ts';
import { ApiError, call, newKey } from '../api/call.ts';
import { waitPath } from '../api/paths.ts';
import type { Schema, Wait } from '../api/wire.ts';
import { SchemaForm } from '../form/schema-form.tsx';
import { useForm } from '../form/use-form.ts';
import { Failure } from '../parts/failure.tsx';
import { Icon } from '../parts/icons.tsx';
import { Until } from '../parts/time.tsx';

export interface AnswerProps {
  readonly wait: Wait;
  readonly schema: Schema | undefined;
  readonly onAnswered: () => void;
}

export function AnswerForm({ wait, schema, onAnswered }: AnswerProps) {
  const decision = decisionOf(schema);
  const form = useForm(decision ? decision.rest : (schema ?? null));
  const [name, setName] = useState(() => localStorage.getItem('name') ?? '');
  const [error, setError] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const [key, setKey] = useState(newKey);
  const interruptId = wait.interruptId;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another wait is another answer
  useEffect(() => setKey(newKey()), [interruptId]);
  const send = (choice: Decision['choices'][number] | undefined) => {
    const read = form.read();
    if (!read || busy) return;
    const value = decision && choice ? withChoice(read.value, decision, choice.value) : read.value;
    const { generation = 0 } = wait;
    const actor = name.trim() === '' ? {} : { actor: name.trim() };
    if (name.trim() !== '') localStorage.setItem('name', name.trim());
    setBusy(true);
    setError(undefined);
    call('POST', waitPath(wait), { body: { value, generation, ...actor }, key }).then(onAnswered, (problem: Error) => {
      setBusy(false);
      // Another value under the same id would be refused as a mismatch.
      setKey(newKey());
      const field = problem instanceof ApiError ? problem.path?.replace(/^value\.?/, '') : undefined;
      if (field !== undefined && field !== '') form.blame(field, problem.message);
      else setError(problem);
    });
  };
  return (
    <form
      className="answer stack"
      onSubmit={(event) => {
        event.preventDefault();
        const { submitter } = event.nativeEvent as SubmitEvent;
        const choice = decision?.choices.find(({ label }) => label === submitter?.dataset.choice);
        if (!decision || choice) send(choice);
      }}
    >
      {/* The first button is what Enter in a field presses: it must not decide. */}
      {decision && <button type="submit" disabled hidden />}
      <SchemaForm {...form.props} />
      <div className="field">
        <label htmlFor="answer-name">
          Your name <span className="quiet optional">optional; where you are signed in, that name counts</span>
        </label>
        <input
          id="answer-name"
          className="input"
          autoComplete="name"
          value={name}
          onChange={(e) => setName(e.target.value)}
        />
      </div>
      {error && <Failure error={error} />}
      {decision?.label !== undefined && (
        <div id="decide" className="decide">
          <b>{decision.label}</b> <span className="quiet">{decision.hint}</span>
        </div>
      )}
      <div
        className="row presses"
        {...(decision?.label === undefined ? {} : { role: 'group', 'aria-labelledby': 'decide' })}
      >
        {decision ? (
          decision.choices.map(({ label, hotkey }, i) => (
            <button
              key={label}
              type="submit"
              data-choice={label}
              data-hotkey={hotkey}
              className={i === 0 ? 'btn primary big' : 'btn big'}
              disabled={busy}
            >
              {label}
              {hotkey !== undefined && <span className="kbd wide">{hotkey.toUpperCase()}</span>}
            </button>
          ))
        ) : (
          <button type="submit" className="btn primary big" data-hotkey="a" disabled={busy}>
            Send answer
          </button>
        )}
      </div>
      {wait.expiresAt !== undefined && (
        <p className="row soft s">
          <Icon name="info" />
          <span>
            Please answer before <Until at={wait.expiresAt} />. After that, no answer is taken.
          </span>
        </p>
      )}
    </form>
  );
}

function withChoice(rest: unknown, { name }: Decision, choice: unknown): unknown {
  return name === undefined ? choice : { ...(rest as object), [name]: choice };
}

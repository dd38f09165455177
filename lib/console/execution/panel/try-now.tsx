import { useState } from 'react';
import { call, isMissing } from '../../api/call.ts';
import { executionPath } from '../../api/paths.ts';

interface Props {
  readonly id: string;
  readonly activation: string;
  readonly onDone: () => void;
}

/** Makes due what waits for its next attempt, or for the end of its sleep. */
export function TryNow({ id, activation, onDone }: Props) {
  const [problem, setProblem] = useState<string>();
  const run = () => {
    call('POST', `${executionPath(id)}/activations/${encodeURIComponent(activation)}/due`, { body: {} }).then(
      () => {
        setProblem(undefined);
        onDone();
      },
      (error: Error) => setProblem(isMissing(error) ? 'It does not wait any more.' : error.message),
    );
  };
  return (
    <div className="row s try-now">
      <button type="button" className="btn" onClick={run}>
        Try now
      </button>
      {problem !== undefined && <span className="soft">{problem}</span>}
    </div>
  );
}

import { useState } from 'react';
import { ApiError, setToken } from '../api/call.ts';
import { retryNow } from '../api/connection.ts';
import { Icon } from './icons.tsx';

/** What went wrong, in the words of the API. Where it asks for a token, a field for one. */
export function Failure({ error }: { readonly error: Error }) {
  const status = error instanceof ApiError ? error.status : undefined;
  return (
    <div className="card pad problem" role="alert">
      <div className="row">
        <span className="st-failed ic">
          <Icon name={status === 403 || status === 401 ? 'blocked' : 'failed'} />
        </span>
        <b>{titleOf(status)}</b>
      </div>
      <p className="soft">{error.message}</p>
      {status === 401 && <Token />}
    </div>
  );
}

function titleOf(status: number | undefined): string {
  if (status === 401) return 'Who are you?';
  if (status === 403) return 'You may not do this';
  return status === 404 ? 'Not found' : 'That did not work';
}

function Token() {
  const [text, setText] = useState('');
  return (
    <form
      className="row"
      onSubmit={(event) => {
        event.preventDefault();
        setToken(text.trim());
        retryNow();
      }}
    >
      <input
        className="input"
        type="password"
        aria-label="Token"
        placeholder="Paste a token (JWT); it is forgotten with this tab"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" className="btn primary">
        Use it
      </button>
    </form>
  );
}

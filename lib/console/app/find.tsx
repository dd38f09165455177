import { useState } from 'react';
import { Icon } from '../parts/icons.tsx';
import { executionPlace, go } from './router.ts';

/** Opens an execution by its id, or filters by `name=value`. */
export function Find() {
  const [text, setText] = useState('');
  const open = () => {
    const wanted = text.trim();
    if (wanted === '') return;
    const [, name, value] = /^([^=\s]+)=(.+)$/.exec(wanted) ?? [];
    if (name === undefined || value === undefined) go(executionPlace(wanted));
    else go(`/executions?${name === 'flow' || name === 'status' ? name : `attr.${name}`}=${encodeURIComponent(value)}`);
    setText('');
  };
  return (
    <form
      className="find wide"
      onSubmit={(event) => {
        event.preventDefault();
        open();
      }}
    >
      <Icon name="find" />
      <input
        id="find"
        aria-label="Find an execution by id, or by flow=name, status=failed or attribute=value"
        placeholder="Execution id or attribute=value"
        autoComplete="off"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <span className="kbd">/</span>
    </form>
  );
}

import { useState } from 'react';
import { setLive, useLive } from '../api/live.ts';
import { go, linkTo } from '../app/router.ts';
import { useFlows } from '../flows/use-flows.ts';
import { StateIcon } from '../parts/chip.tsx';
import { Icon } from '../parts/icons.tsx';
import { lookOf } from '../parts/state.ts';
import { type Filter, placeOf, SINCE, STATUSES } from './filter.ts';

export function StatusSegments({ filter, counted }: { readonly filter: Filter; readonly counted: string | undefined }) {
  const { status: _, ...others } = filter;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a group of links, not of fields
    <div className="seg" role="group" aria-label="Status">
      <a aria-current={filter.status === undefined ? 'true' : undefined} {...linkTo(placeOf(others))}>
        All {filter.status === undefined && counted !== undefined && <span className="n">{counted}</span>}
      </a>
      {STATUSES.map((status) => {
        const on = filter.status === status;
        const state = status === 'closed' ? 'done' : status;
        return (
          <a key={status} aria-current={on ? 'true' : undefined} {...linkTo(placeOf({ ...filter, status }))}>
            <StateIcon state={state} />
            {status === 'closed' ? 'Ended' : lookOf(state).word}
            {on && counted !== undefined && <span className="n">{counted}</span>}
          </a>
        );
      })}
    </div>
  );
}

export function FilterBar({ filter, asOf }: { readonly filter: Filter; readonly asOf: string }) {
  const live = useLive();
  const flows = useFlows().value?.items ?? [];
  const [copied, setCopied] = useState(false);
  const change = (next: Filter) => go(placeOf(next));
  const copy = () =>
    navigator.clipboard.writeText(location.href).then(
      () => setCopied(true),
      () => undefined,
    );
  const { flow, since } = filter;
  return (
    <div className="row filters">
      <Choice
        label="Flow"
        value={flow}
        options={flows.map((each) => [each.flow, each.flow])}
        onChange={(next) => change(without(filter, 'flow', next))}
      />
      <Choice
        label="Started"
        value={since}
        options={Object.entries(SINCE).map(([name, { label }]) => [name, label])}
        onChange={(next) => change(without(filter, 'since', next))}
      />
      <Attributes filter={filter} onChange={change} />
      <label className="row right s soft live">
        <input type="checkbox" className="sr" checked={live} onChange={(event) => setLive(event.target.checked)} />
        <span className={live ? 'switch' : 'switch off'} />
        Live
      </label>
      <span className="quiet s wide">as of {asOf}</span>
      <button type="button" className="btn bare wide" onClick={() => void copy()}>
        <Icon name="link" />
        {copied ? 'Copied' : 'Copy link'}
      </button>
    </div>
  );
}

function without(filter: Filter, name: 'flow' | 'since', value: string | undefined): Filter {
  const { [name]: _, ...others } = filter;
  return value === undefined ? others : { ...others, [name]: value };
}

function Choice({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string;
  readonly value: string | undefined;
  readonly options: readonly (readonly [string, string])[];
  readonly onChange: (value: string | undefined) => void;
}) {
  return (
    <label className={value === undefined ? 'filter' : 'filter on'}>
      {label}
      <select value={value ?? ''} onChange={(event) => onChange(event.target.value || undefined)}>
        <option value="">any</option>
        {options.map(([name, words]) => (
          <option key={name} value={name}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Attributes that are filtered by, each with a button that removes it, and a field for another one. */
function Attributes({ filter, onChange }: { readonly filter: Filter; readonly onChange: (filter: Filter) => void }) {
  const [text, setText] = useState<string>();
  const { attributes } = filter;
  const add = () => {
    const [, name, value] = /^([^=\s]+)\s*=\s*(.+)$/.exec(text ?? '') ?? [];
    if (name !== undefined && value !== undefined)
      onChange({ ...filter, attributes: { ...attributes, [name]: value } });
    setText(undefined);
  };
  return (
    <>
      {Object.entries(attributes).map(([name, value]) => (
        <button
          key={name}
          type="button"
          className="filter on"
          onClick={() => {
            const { [name]: _, ...others } = attributes;
            onChange({ ...filter, attributes: others });
          }}
        >
          {name} <b>{value}</b>
          <Icon name="close" />
        </button>
      ))}
      {text === undefined ? (
        <button type="button" className="filter" onClick={() => setText('')}>
          <Icon name="plus" />
          Attribute
        </button>
      ) : (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            add();
          }}
        >
          <input
            className="input inline"
            aria-label="Attribute, as name=value"
            placeholder="name=value"
            // biome-ignore lint/a11y/noAutofocus: the field has just been asked for
            autoFocus
            value={text}
            onChange={(event) => setText(event.target.value)}
            onBlur={add}
          />
        </form>
      )}
    </>
  );
}

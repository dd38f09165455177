import { Icon } from './icons.tsx';
import { lookOf } from './state.ts';

/** A state as icon, word and colour. */
export function Chip({ state, word }: { readonly state: string; readonly word?: string | undefined }) {
  const look = lookOf(state);
  return (
    <span className={`chip st-${look.tone}`}>
      <Icon name={look.icon} />
      {word ?? look.word}
    </span>
  );
}

/** The icon alone, for places where the word stands beside it. */
export function StateIcon({ state }: { readonly state: string }) {
  const look = lookOf(state);
  return (
    <span className={`st-${look.tone} ic`}>
      <Icon name={look.icon} />
    </span>
  );
}

export function Tag({ name, value }: { readonly name: string; readonly value: string | number }) {
  return (
    <span className="tag" title={`${name}: ${value}`}>
      {name}
      <b>{value}</b>
    </span>
  );
}

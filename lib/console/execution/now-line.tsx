import type { View } from '../api/history.ts';
import { useNow } from '../parts/clock.ts';
import { Icon } from '../parts/icons.tsx';
import { lookOf } from '../parts/state.ts';
import { length, until } from '../parts/times.ts';
import { type Note, nowNotes } from './now-notes.ts';

/** Everything that goes on now, the most urgent first. */
export function NowLine({ view }: { readonly view: View }) {
  const notes = nowNotes(view);
  if (notes.length === 0) return null;
  return (
    <ul className="now" aria-label="Now">
      {notes.map((note) => (
        <li key={note.state + note.subject} className={`st-${lookOf(note.state).tone}`}>
          <Icon name={lookOf(note.state).icon} />
          <Words note={note} />
        </li>
      ))}
    </ul>
  );
}

function Words({ note: { subject, text, in: at, since } }: { readonly note: Note }) {
  const now = useNow();
  const more =
    at === undefined
      ? since === undefined
        ? ''
        : `, for ${length(now - Date.parse(since))}`
      : ` ${until(Date.parse(at), now)}`;
  return (
    <span>
      <b>{subject}</b> {text}
      {more}
    </span>
  );
}

/** What an execution is doing, in a few notes. */
import type { Doing, View } from '../api/history.ts';

export interface Note {
  readonly state: 'failed' | 'waiting' | 'retrying' | 'running' | 'sleeping' | 'paused' | 'blocked' | 'cancelled';
  readonly subject: string;
  readonly text: string;
  /** A time to come. */
  readonly in?: string;
  readonly since?: string;
}

/** Notes of one kind beyond these are counted. */
const MOST = 3;

export function nowNotes(view: View): readonly Note[] {
  const { status, lifecycle, error, cancelReason, pausedBy } = view;
  if (lifecycle === 'closed') {
    if (error)
      return [{ state: 'failed', subject: error.chunk ?? 'It', text: `failed: ${error.message ?? error.name}` }];
    if (status !== 'cancelled') return [];
    const by = view.cancelledBy?.actor;
    return [
      { state: 'cancelled', subject: 'Cancelled', text: [by && `by ${by}`, cancelReason].filter(Boolean).join(': ') },
    ];
  }
  const doing = view.doing ?? [];
  const of = (...states: readonly Doing['state'][]) => doing.filter(({ state }) => states.includes(state));
  const lists = (view.lists ?? []).map(({ node, done, failed, total }): Note => {
    const more = failed > 0 ? `, ${failed} failed` : '';
    return {
      state: 'running',
      subject: `${count(done + failed)} of ${count(total)}`,
      text: `of ${listName(node)}${more}`,
    };
  });
  const inLists = view.lists !== undefined && view.lists.length > 0;
  return [
    ...(pausedBy
      ? [
          {
            state: 'paused',
            subject: 'Paused',
            text: pausedBy.actor ? `by ${pausedBy.actor}` : '',
            since: pausedBy.at,
          } as const,
        ]
      : []),
    ...(error
      ? [{ state: 'failed', subject: error.chunk ?? 'It', text: `failed: ${error.message ?? error.name}` } as const]
      : []),
    ...notes(of('failed'), ({ chunk, error: why }) => ({
      state: 'failed',
      subject: chunk,
      text: `failed: ${why?.message ?? ''}`,
    })),
    ...notes(of('waiting'), ({ chunk, since }) => ({
      state: 'waiting',
      subject: chunk,
      text: 'waits for an answer',
      ...at('since', since),
    })),
    ...notes(of('retrying'), ({ chunk, nextAt }) => ({
      state: 'retrying',
      subject: chunk,
      text: 'tries again',
      ...at('in', nextAt),
    })),
    ...lists,
    ...(inLists
      ? []
      : notes(of('running', 'awaiting'), ({ chunk, since }) => ({
          state: 'running',
          subject: chunk,
          text: 'is running',
          ...at('since', since),
        }))),
    ...notes(of('sleeping'), ({ chunk, until }) => ({
      state: 'sleeping',
      subject: chunk,
      text: 'sleeps; goes on',
      ...at('in', until),
    })),
    ...blocked(view),
    ...tolerated(view),
  ];
}

function notes(all: readonly Doing[], note: (doing: Doing) => Note): readonly Note[] {
  const shown = all.slice(0, MOST).map(note);
  const [first] = shown;
  const rest = all.length - MOST;
  if (!first || rest <= 0) return unique(shown);
  return unique([...shown, { state: first.state, subject: `${rest} more`, text: first.text }]);
}

/** Activations of one chunk in one state are one note. */
function unique(all: readonly Note[]): readonly Note[] {
  return all.filter((note, i) => all.findIndex(({ subject }) => subject === note.subject) === i);
}

function blocked({ status, unfilledJoins, interrupts, doing }: View): readonly Note[] {
  if (status === 'blocked') {
    const what = unfilledJoins?.length ? 'a join has not got all it needs' : 'its version is not deployed';
    return [{ state: 'blocked', subject: 'Blocked', text: what }];
  }
  // Stages without `doing` still list the waits.
  if (doing !== undefined || interrupts.length === 0) return [];
  return [
    {
      state: 'waiting',
      subject: `${interrupts.length}`,
      text: interrupts.length === 1 ? 'answer is awaited' : 'answers are awaited',
    },
  ];
}

function tolerated({ tolerated: all = [] }: View): readonly Note[] {
  const [last] = all.toReversed();
  return last?.how === 'skipped' ? [{ state: 'failed', subject: last.chunk, text: `failed; the rest goes on` }] : [];
}

function at(name: 'in' | 'since', time: string | undefined): { readonly in?: string; readonly since?: string } {
  return time === undefined ? {} : { [name]: time };
}

function listName(node: string): string {
  return node
    .replace(/.*>/, '')
    .replace('forEach', 'the list')
    .replace(/#(\d+)/, ' $1');
}

function count(number: number): string {
  return number.toLocaleString('en');
}

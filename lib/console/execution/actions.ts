/** What can be done with an execution: what it does, said beforehand. */
import { call, newKey } from '../api/call.ts';
import type { View } from '../api/history.ts';
import { executionPath } from '../api/paths.ts';

export type ActionName = 'pause' | 'unpause' | 'redrive' | 'fork' | 'close' | 'cancel' | 'seal' | 'unseal' | 'erase';

export interface Action {
  readonly label: string;
  /** The question of the dialog. */
  readonly asks: string;
  /** What it will do, to how many. */
  says(view: View): readonly string[];
  readonly press: string;
  readonly danger?: boolean;
  readonly takesReason?: boolean;
  isOffered(view: View): boolean;
}

const isOpen = ({ lifecycle }: View): boolean => lifecycle !== 'closed';
/** Chunks that run now: those in lists are counted by their lists. */
function runningOf({ doing = [], lists = [] }: View): number {
  const alone = doing.filter(({ state, items }) => state === 'running' && items === undefined).length;
  return alone + lists.reduce((sum, { running }) => sum + running, 0);
}

function withdrawn({ interrupts }: View): readonly string[] {
  const count = interrupts.length;
  return count === 0 ? [] : [`${some(count, 'open question needs', 'open questions need')} no answer any more.`];
}

function some(count: number, one: string, many: string): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

function namesOf(failed: readonly { readonly chunk: string }[]): string {
  const names = [...new Set(failed.map(({ chunk }) => chunk))];
  return names.length > 3 ? `${names.slice(0, 3).join(', ')} and others` : names.join(', ');
}

const hasFailed = ({ failed, status }: View): boolean => status === 'failed' || (failed?.length ?? 0) > 0;

export const ACTIONS: Readonly<Record<ActionName, Action>> = {
  pause: {
    label: 'Pause',
    asks: 'Pause it?',
    says: (view) => [
      runningOf(view) === 0
        ? 'Nothing runs now.'
        : `${some(runningOf(view), 'running chunk ends', 'running chunks end')}.`,
      'Nothing new begins until it is continued.',
      'Answers and signals are still taken.',
    ],
    press: 'Pause',
    isOffered: (view) => isOpen(view) && view.pausedBy === undefined,
  },
  unpause: {
    label: 'Continue',
    asks: 'Continue it?',
    says: () => ['What is due begins at once, after the answers that came in the meantime.'],
    press: 'Continue',
    isOffered: (view) => isOpen(view) && view.pausedBy !== undefined,
  },
  redrive: {
    label: 'Redrive…',
    asks: 'Try again what failed?',
    says: ({ failed = [] }) => [
      failed.length === 0
        ? 'What failed gets fresh attempts.'
        : `${some(failed.length, 'failed step gets', 'failed steps get')} fresh attempts: ${namesOf(failed)}.`,
      'What was committed before stays.',
    ],
    press: 'Try again',
    isOffered: hasFailed,
  },
  fork: {
    label: 'Fork…',
    asks: 'Try again in a copy?',
    says: () => ['A copy with an id of its own goes on from here.', 'This execution stays as it is.'],
    press: 'Make a copy',
    isOffered: (view) => view.status === 'failed',
  },
  close: {
    label: 'Close…',
    asks: 'Close it?',
    says: (view) => ['It ends once its work is done.', ...withdrawn(view)],
    press: 'Close it',
    isOffered: isOpen,
  },
  cancel: {
    label: 'Cancel…',
    asks: 'Cancel it?',
    says: (view) => [
      'This cannot be undone.',
      runningOf(view) === 0
        ? 'Nothing runs now.'
        : `${some(runningOf(view), 'running chunk is', 'running chunks are')} stopped; results are not taken.`,
      ...withdrawn(view),
      'What is committed stays readable.',
    ],
    press: 'Cancel it',
    danger: true,
    takesReason: true,
    isOffered: isOpen,
  },
  seal: {
    label: 'Seal…',
    asks: 'Take no more signals?',
    says: () => ['Signals from outside are refused until it is unsealed.', 'Open questions can still be answered.'],
    press: 'Seal',
    isOffered: ({ lifecycle }) => lifecycle === 'open',
  },
  unseal: {
    label: 'Unseal',
    asks: 'Take signals again?',
    says: () => ['Signals from outside are taken again.'],
    press: 'Unseal',
    isOffered: ({ lifecycle }) => lifecycle === 'sealed',
  },
  erase: {
    label: 'Erase…',
    asks: 'Erase it?',
    says: () => ['This cannot be undone.', 'State, history, files and stream are deleted. Only its id is kept.'],
    press: 'Erase it',
    danger: true,
    isOffered: () => true,
  },
};

export function perform(action: ActionName, id: string, reason: string): Promise<unknown> {
  const path = executionPath(id);
  switch (action) {
    case 'erase':
      return call('DELETE', path);
    case 'fork':
      return call('POST', `${path}/forks`, { body: {}, key: newKey() });
    case 'redrive':
      return call('POST', `${path}/redrive`, { body: {}, key: newKey() });
    case 'close':
      return call('POST', `${path}/close`, { body: { pendingInterrupts: 'cancel' } });
    case 'cancel':
      return call('POST', `${path}/cancel`, { body: reason.trim() === '' ? {} : { reason: reason.trim() } });
    default:
      return call('POST', `${path}/${action}`, { body: {} });
  }
}

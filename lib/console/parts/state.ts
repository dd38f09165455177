/** The states that the console shows: icon, word and colour class of each. */
import type { IconName } from './icons.tsx';

export interface Look {
  readonly icon: IconName;
  readonly word: string;
  /** Class that sets the colours. */
  readonly tone: 'running' | 'done' | 'retrying' | 'waiting' | 'failed' | 'idle';
}

export const LOOKS = {
  created: { icon: 'later', word: 'Not started', tone: 'idle' },
  running: { icon: 'running', word: 'Running', tone: 'running' },
  retrying: { icon: 'retrying', word: 'Retrying', tone: 'retrying' },
  waiting: { icon: 'waiting', word: 'Waiting', tone: 'waiting' },
  sleeping: { icon: 'sleeping', word: 'Sleeping', tone: 'idle' },
  paused: { icon: 'paused', word: 'Paused', tone: 'idle' },
  blocked: { icon: 'blocked', word: 'Blocked', tone: 'idle' },
  idle: { icon: 'later', word: 'Idle', tone: 'idle' },
  completed: { icon: 'done', word: 'Done', tone: 'done' },
  done: { icon: 'done', word: 'Done', tone: 'done' },
  failed: { icon: 'failed', word: 'Failed', tone: 'failed' },
  cancelled: { icon: 'cancelled', word: 'Cancelled', tone: 'idle' },
  skipped: { icon: 'skipped', word: 'Skipped', tone: 'idle' },
  later: { icon: 'later', word: 'Not yet', tone: 'idle' },
} as const satisfies Readonly<Record<string, Look>>;

export type StateName = keyof typeof LOOKS;

export function lookOf(state: string): Look {
  return Object.hasOwn(LOOKS, state) ? LOOKS[state as StateName] : { ...LOOKS.idle, word: state };
}

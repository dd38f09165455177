/** Keys that work on every screen. Screens add their own with `useKey`. */
import { useEffect, useRef } from 'react';
import { go } from './router.ts';

const ROOMS: Readonly<Record<string, string>> = { e: '/executions', a: '/approvals', f: '/flows' };

type Handler = (event: KeyboardEvent) => void;
const handlers = new Map<string, Set<{ readonly run: Handler }>>();
let isGoing = false;

function pressed(event: KeyboardEvent): void {
  if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
  if (document.querySelector('dialog[open]') && event.key !== 'Escape') return;
  const room = isGoing ? ROOMS[event.key] : undefined;
  isGoing = event.key === 'g';
  if (room !== undefined) return go(room);
  if (event.key === '/') {
    event.preventDefault();
    return document.getElementById('find')?.focus();
  }
  for (const { run } of handlers.get(event.key) ?? []) run(event);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input:not([type=radio], [type=checkbox]), textarea, select');
}

export function useKeys(): void {
  useEffect(() => {
    document.addEventListener('keydown', pressed);
    return () => document.removeEventListener('keydown', pressed);
  }, []);
}

/** Calls `run` when the key is pressed outside of text fields. */
export function useKey(key: string, run: Handler): void {
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => {
    const entry = { run: (event: KeyboardEvent) => latest.current(event) };
    const set = handlers.get(key) ?? new Set();
    handlers.set(key, set.add(entry));
    return () => {
      set.delete(entry);
    };
  }, [key]);
}

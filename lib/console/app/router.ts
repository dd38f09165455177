/** Places of the console are URLs: a path below `/console`, and the filter as its query. */
import { type MouseEvent, useSyncExternalStore } from 'react';

export const BASE = '/console';

export interface Place {
  /** Below the base, such as `/executions/T-1`. */
  readonly path: string;
  readonly query: URLSearchParams;
}

const listeners = new Set<() => void>();
let href = location.href;
let place = read();

function read(): Place {
  const path = location.pathname.slice(BASE.length).replace(/\/+$/, '');
  return { path: path === '' ? '/executions' : path, query: new URLSearchParams(location.search) };
}

function tell(): void {
  for (const each of listeners) each();
}

function snapshot(): Place {
  if (location.href !== href) {
    href = location.href;
    place = read();
  }
  return place;
}

window.addEventListener('popstate', tell);

export function usePlace(): Place {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, snapshot);
}

/** @param to below the base, with its query */
export function go(to: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, '', BASE + to);
  else history.pushState(null, '', BASE + to);
  tell();
  if (!replace) window.scrollTo(0, 0);
}

/** Attributes of a link to a place: it works as one, and does not load the page again. */
export function linkTo(to: string) {
  return {
    href: BASE + to,
    onClick: (event: MouseEvent) => {
      if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
      event.preventDefault();
      go(to);
    },
  };
}

export function executionPlace(id: string): string {
  return `/executions/${encodeURIComponent(id)}`;
}

export function flowPlace(name: string): string {
  return `/flows/${encodeURIComponent(name)}`;
}

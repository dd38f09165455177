/** Whether the API answers. Every call reports here; the connection bar shows it. */
import { useSyncExternalStore } from 'react';

export interface Connection {
  readonly live: boolean;
  /** Of the last answer, in milliseconds since the epoch. */
  readonly heardAt: number;
}

let connection: Connection = { live: true, heardAt: Date.now() };
const listeners = new Set<() => void>();
const retries = new Set<() => void>();

export function heard(): void {
  const back = !connection.live;
  connection = { live: true, heardAt: Date.now() };
  if (back) tell();
}

export function lost(): void {
  if (!connection.live) return;
  connection = { ...connection, live: false };
  tell();
}

function tell(): void {
  for (const each of listeners) each();
}

export function useConnection(): Connection {
  return useSyncExternalStore(subscribe, () => connection);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Polls register here, so that `retryNow` wakes them. */
export function onRetry(listener: () => void): () => void {
  retries.add(listener);
  return () => retries.delete(listener);
}

export function retryNow(): void {
  for (const each of [...retries]) each();
}

window.addEventListener('online', retryNow);
window.addEventListener('offline', lost);

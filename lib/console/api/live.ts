/** Whether lists and executions are read again by themselves. */
import { useSyncExternalStore } from 'react';

let live = true;
const listeners = new Set<() => void>();

export function setLive(value: boolean): void {
  live = value;
  for (const each of listeners) each();
}

export function useLive(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => live,
  );
}

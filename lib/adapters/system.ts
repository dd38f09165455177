/** Clock, randomness and logger of a real process. */
import { randomBytes } from 'node:crypto';
import type { Clock, Entropy, Logger } from '../ports/system.ts';

/** Longest delay of one timer (ms): a longer one would fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) {
        resolve();
        return;
      }
      const end = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', end);
        resolve();
      };
      const arm = (left: number): NodeJS.Timeout =>
        left > LONGEST_TIMER
          ? setTimeout(() => {
              timer = arm(left - LONGEST_TIMER);
            }, LONGEST_TIMER)
          : setTimeout(end, left);
      let timer = arm(ms);
      signal?.addEventListener('abort', end);
    }),
};

export const systemEntropy: Entropy = {
  id: () => randomBytes(16).toString('base64url'),
  number: () => randomBytes(6).readUIntBE(0, 6) / 2 ** 48,
};

/**
 * A logger that calls `write` once per entry with one line of JSON, newline included:
 * `{ level: 'info' | 'warn' | 'error', message, …fields }`. Fields named `level` or `message` are ignored.
 */
export function createJsonLogger(write: (line: string) => unknown): Logger {
  const at =
    (level: string): Logger['info'] =>
    (message, fields) => {
      write(`${JSON.stringify(Object.assign({ level, message }, fields, { level, message }))}\n`);
    };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

/**
 * Faults at the place where the SDK meets the network: below its retries, above the wire. Works on the clients of every
 * service.
 */
import type { Chooser } from '../sim/world/chooser.ts';

/** Shares of the calls, from 0 to 1. */
export interface FaultRates {
  /** Refused temporarily; not applied. */
  readonly throttled: number;
  /** Applied, and reported as timed out. */
  readonly unknown: number;
  /** Answered late. */
  readonly slow: number;
  /** Refused permanently; not applied. */
  readonly denied: number;
}

export type FaultKind = keyof FaultRates;

export interface Faults {
  /** Applies from the next call on. */
  set(rates: Partial<FaultRates>): void;
  /** How often each fault occurred. */
  readonly counts: Readonly<Record<FaultKind, number>>;
}

type Next = (args: never) => Promise<unknown>;
interface Client {
  readonly middlewareStack: { add(middleware: (next: Next) => Next, options: object): void };
}

export interface FaultOptions {
  readonly chooser: Pick<Chooser, 'chance'>;
  /** Makes an exception as the service does. */
  readonly exception: (name: string, httpStatusCode: number) => Error;
  /** Delays a slow call. */
  readonly delay: () => Promise<void>;
}

const NONE: FaultRates = { throttled: 0, unknown: 0, slow: 0, denied: 0 };

/** None at first. */
export function injectFaults(client: Client, { chooser, exception, delay }: FaultOptions): Faults {
  const counts = { throttled: 0, unknown: 0, slow: 0, denied: 0 };
  let rates = NONE;
  const strikes = (kind: FaultKind): boolean => {
    const struck = chooser.chance(rates[kind]);
    if (struck) counts[kind] += 1;
    return struck;
  };
  client.middlewareStack.add(
    (next) => async (args) => {
      if (strikes('denied')) throw exception('AccessDeniedException', 400);
      if (strikes('throttled')) throw exception('ThrottlingException', 400);
      if (strikes('slow')) await delay();
      const answer = await next(args);
      if (strikes('unknown')) throw Object.assign(new Error('The socket timed out.'), { name: 'TimeoutError' });
      return answer;
    },
    { step: 'deserialize', priority: 'high', name: 'faults' },
  );
  return {
    counts,
    set(given) {
      rates = { ...NONE, ...given };
    },
  };
}

/** Callback URLs: a token behind a base that comes from configuration, never from a request. */

import type { InterruptLink } from '../../runtime/exchange.ts';
import type { Tokens } from '../../runtime/token.ts';

export interface LinkOptions {
  readonly tokens: Tokens;
  /** Such as `https://callbacks.example.com`. */
  readonly baseUrl: string;
  /** Milliseconds from the interrupt's creation; an earlier expiry of the interrupt ends the token earlier. */
  readonly tokenLife: number;
}

export type { InterruptLink };

/** The same wait always gets the same URL. */
export function createInterruptLink({ tokens, baseUrl, tokenLife }: LinkOptions): InterruptLink {
  const base = baseUrl.replace(/\/+$/, '');
  return async ({ executionId, interruptId, generation = 0, createdAt, expiresAt }) => {
    const end = Date.parse(createdAt) + tokenLife;
    const expiry = expiresAt === undefined ? end : Math.min(end, Date.parse(expiresAt));
    return `${base}/callbacks/${await tokens.sign({ executionId, interruptId, generation, expiresAt: expiry })}`;
  };
}

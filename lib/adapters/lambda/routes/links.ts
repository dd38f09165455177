/** Callback URLs: a base URL from configuration, never from a request, plus a token. */
import { defined } from '../../../defined.ts';
import type { Clock } from '../../../ports/system.ts';
import { iso } from '../../../runtime/app/checks/times.ts';
import type { Tokens } from '../../../runtime/client/callback-token.ts';
import type { InterruptView } from '../../../runtime/client/types.ts';
import type { InterruptLink } from '../../../runtime/worker/exchange.ts';

export interface LinkOptions {
  readonly tokens: Pick<Tokens, 'sign'>;
  /** Base of the URLs, such as `https://callbacks.example.com`. */
  readonly baseUrl: string;
  /** Milliseconds; an earlier expiry of the interrupt shortens it. */
  readonly tokenLife: number;
}

export type { InterruptLink };

/** A requested link. */
export interface MadeLink {
  readonly callbackUrl: string;
  /** ISO 8601 in UTC. */
  readonly expiresAt: string;
}

/**
 * Makes a link that is revocable by its `id` and may name a person. Its lifetime starts now.
 * @throws FlowError `value_too_large` when ids and name are too long for a token
 */
export type MakeLink = (wait: InterruptView, link: { readonly id: string; readonly to?: string }) => Promise<MadeLink>;

/**
 * Creates the links of announcements and of local hosts. A wait always gets the same URL; its lifetime starts with the
 * wait.
 */
export function createInterruptLink(options: LinkOptions): InterruptLink {
  return async (wait) => {
    const expiresAt = expiryOf(wait, Date.parse(wait.createdAt), options);
    return urlOf(options, await options.tokens.sign({ ...waitOf(wait), expiresAt }));
  };
}

export function createMakeLink(options: LinkOptions & { readonly clock: Pick<Clock, 'now'> }): MakeLink {
  return async (wait, { id, to }) => {
    const expiresAt = expiryOf(wait, options.clock.now(), options);
    const claims = { ...waitOf(wait), expiresAt, link: id, ...defined({ to }) };
    return { callbackUrl: urlOf(options, await options.tokens.sign(claims)), expiresAt: iso(expiresAt) };
  };
}

function waitOf({ executionId, interruptId, generation = 0 }: InterruptView) {
  return { executionId, interruptId, generation };
}

function expiryOf({ expiresAt }: InterruptView, from: number, { tokenLife }: LinkOptions): number {
  const end = from + tokenLife;
  return expiresAt === undefined ? end : Math.min(end, Date.parse(expiresAt));
}

function urlOf({ baseUrl }: LinkOptions, token: string): string {
  return `${baseUrl.replace(/\/+$/, '')}/callbacks/${token}`;
}

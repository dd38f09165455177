/**
 * Callback tokens: `v1.<kid>.<payload>.<HMAC-SHA256>`, payload and MAC as base64url.
 * A token grants the right to answer one wait of one tenant until a time; the ledger records answers. Equal claims give
 * equal tokens, so the callback URLs of announcements stay the same.
 * `v2` tokens carry a link id, by which they can be revoked, and may name the person they are for.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { defined } from '../../defined.ts';
import { FlowError } from '../../errors/errors.ts';
import type { KeyRing, SigningKey } from '../../ports/system.ts';

export interface TokenClaims {
  readonly executionId: string;
  readonly interruptId: string;
  /** Which of the waits with this id, from 0: a token for one does not answer the next. */
  readonly generation: number;
  /** Milliseconds since the epoch. `verify` returns it without enforcing it: after expiry the ledger still answers. */
  readonly expiresAt: number;
  /** Id of the link; present when it can be revoked. */
  readonly link?: string;
  /** The person the link is for. Only with `link`. */
  readonly to?: string;
}

export interface Tokens {
  /** Signs a token. @throws FlowError `value_too_large` when ids and `to` make it longer than 2,048 characters */
  sign(claims: TokenClaims): Promise<string>;
  /**
   * Returns the claims of a token signed for this tenant and audience; `undefined` for any other text. Rejects only
   * when the key ring fails.
   */
  verify(token: string): Promise<TokenClaims | undefined>;
}

const MAX_TOKEN_LENGTH = 2048;
/** 43 characters of base64url are 32 bytes. */
const SHAPE = /^v([12])\.([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})$/;

/**
 * @param scope tenant and audience, signed into every token: with shared keys a token is still valid in its own scope
 * only
 */
export function createTokens(keys: KeyRing, scope: { readonly audience: string; readonly tenant: string }): Tokens {
  return {
    async sign({ executionId, interruptId, generation, expiresAt, link, to = null }) {
      const key = await keys.current();
      // A JSON list of fixed length separates the fields whatever characters they contain.
      const wait = [scope.tenant, scope.audience, executionId, interruptId, expiresAt, generation];
      const fields = JSON.stringify(link === undefined ? wait : [...wait, link, to]);
      const version = link === undefined ? 1 : 2;
      const signed = `v${version}.${key.kid}.${Buffer.from(fields).toString('base64url')}`;
      const token = `${signed}.${mac(key, signed)}`;
      if (token.length <= MAX_TOKEN_LENGTH) return token;
      throw new FlowError(
        'value_too_large',
        `Execution ${executionId}, interrupt ${interruptId}: the callback token would exceed ${MAX_TOKEN_LENGTH} characters. Shorten the ids or the name of the link.`,
      );
    },

    async verify(token) {
      if (token.length > MAX_TOKEN_LENGTH) return undefined;
      const [, version, kid, payload, given] = SHAPE.exec(token) ?? [];
      if (version === undefined || kid === undefined || payload === undefined || given === undefined) return undefined;
      const key = await keys.find(kid);
      if (!key) return undefined;
      // Compared as text, so that no other base64url encoding of the same bytes passes.
      if (!timingSafeEqual(Buffer.from(mac(key, `v${version}.${kid}.${payload}`)), Buffer.from(given)))
        return undefined;
      return readClaims(Buffer.from(payload, 'base64url').toString(), scope);
    },
  };
}

function mac(key: SigningKey, text: string): string {
  return createHmac('sha256', key.secret).update(text).digest('base64url');
}

type Fields = readonly [string, string, string, string, number, number, string?, (string | null)?];

/** Only the scope is checked: the MAC proves that `sign` wrote the text. */
function readClaims(text: string, scope: { readonly audience: string; readonly tenant: string }) {
  const fields = JSON.parse(text) as Fields;
  const [tenant, audience, executionId, interruptId, expiresAt, generation, link, to] = fields;
  if (tenant !== scope.tenant || audience !== scope.audience) return undefined;
  const named = { ...defined({ link }), ...(typeof to === 'string' ? { to } : {}) };
  return { executionId, interruptId, generation, expiresAt, ...named };
}

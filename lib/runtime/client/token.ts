/**
 * Callback tokens: `v1.<kid>.<payload>.<HMAC-SHA256>`, payload and MAC as base64url. A token proves the right to answer
 * one wait of one tenant until a time; what was answered is the ledger's business. Equal input gives equal tokens,
 * so that the callback URLs of announcements stay the same. `v2` tokens have an id, by which they are revoked, and may name
 * whom they are for.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { defined } from '../../defined.ts';
import { FlowError } from '../../errors/errors.ts';
import type { KeyRing, SigningKey } from '../../ports/system.ts';

export interface TokenClaims {
  readonly executionId: string;
  readonly interruptId: string;
  /** Which of the waits that have this id, from 0: the token of one does not answer the next. */
  readonly generation: number;
  /** Milliseconds since the epoch. Returned, not enforced: the ledger answers first, also after it. */
  readonly expiresAt: number;
  /** Id of the link, where it can be revoked. */
  readonly link?: string;
  /** Whom the link was made for. Only beside `link`. */
  readonly to?: string;
}

export interface Tokens {
  /** @throws FlowError `value_too_large` when ids and `to` make a token over 2,048 characters */
  sign(claims: TokenClaims): Promise<string>;
  /**
   * The claims of a token that was signed for this tenant and audience; `undefined` for everything else, whatever its
   * shape. Rejects only when the key ring fails.
   */
  verify(token: string): Promise<TokenClaims | undefined>;
}

const MAX_TOKEN_LENGTH = 2048;
/** 43 characters of base64url are 32 bytes. */
const SHAPE = /^v([12])\.([A-Za-z0-9_-]{1,32})\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{43})$/;

/** @param scope tenant and audience are signed into every token: keys may be shared, tokens don't cross */
export function createTokens(keys: KeyRing, scope: { readonly audience: string; readonly tenant: string }): Tokens {
  return {
    async sign({ executionId, interruptId, generation, expiresAt, link, to = null }) {
      const key = await keys.current();
      // A JSON list of fixed length keeps the fields apart whatever characters they hold.
      const wait = [scope.tenant, scope.audience, executionId, interruptId, expiresAt, generation];
      const fields = JSON.stringify(link === undefined ? wait : [...wait, link, to]);
      const version = link === undefined ? 1 : 2;
      const signed = `v${version}.${key.kid}.${Buffer.from(fields).toString('base64url')}`;
      const token = `${signed}.${mac(key, signed)}`;
      if (token.length <= MAX_TOKEN_LENGTH) return token;
      throw new FlowError(
        'value_too_large',
        `The ids of an interrupt, and the name that its link is for, make a token over ${MAX_TOKEN_LENGTH} characters. Shorten them.`,
      );
    },

    async verify(token) {
      if (token.length > MAX_TOKEN_LENGTH) return undefined;
      const [, version, kid, payload, given] = SHAPE.exec(token) ?? [];
      if (version === undefined || kid === undefined || payload === undefined || given === undefined) return undefined;
      const key = await keys.find(kid);
      if (!key) return undefined;
      // Compared as text, so that no other encoding of the same bytes passes.
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

/** The MAC proves that `sign` wrote the text; only the scope is still open. */
function readClaims(text: string, scope: { readonly audience: string; readonly tenant: string }) {
  const fields = JSON.parse(text) as Fields;
  const [tenant, audience, executionId, interruptId, expiresAt, generation, link, to] = fields;
  if (tenant !== scope.tenant || audience !== scope.audience) return undefined;
  const named = { ...defined({ link }), ...(typeof to === 'string' ? { to } : {}) };
  return { executionId, interruptId, generation, expiresAt, ...named };
}

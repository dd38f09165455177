/** Verifies JWTs as the JWT authorizer of an HTTP API of API Gateway does. */
import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import { type HttpAnswer, problem } from '../../../lib/adapters/lambda/http/respond.ts';

export interface JwtRules {
  readonly issuer: string;
  /** The token's audience must contain one of these. */
  readonly audience: readonly string[];
}

/** A verified JWT, in the form of `requestContext.authorizer`. */
export interface JwtCaller {
  readonly jwt: { readonly claims: Readonly<Record<string, string>>; readonly scopes: readonly string[] };
}

export type Verdict = { readonly caller: JwtCaller } | { readonly refusal: HttpAnswer };

/** @param scopes of the route. The token must have one of them; without scopes every valid token is accepted */
export type Authorize = (authorization: string | undefined, scopes: readonly string[]) => Promise<Verdict>;

/** API Gateway verifies RSA signatures only. The list also refuses an HMAC that uses the public key as its secret. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512'];
/** Timeout of the discovery request (ms). */
const DISCOVERY_TIMEOUT = 5_000;

class IssuerUnreachable extends Error {
  override readonly name = 'IssuerUnreachable';
}

/** Fetches the keys of the issuer with the first token, and caches them. */
export function createAuthorize(rules: JwtRules, log: (line: string) => void): Authorize {
  const keyOf = issuerKeys(rules.issuer);
  return async (authorization, scopes) => {
    const [, token] = /^(?:Bearer +)?(\S+)$/i.exec(authorization ?? '') ?? [];
    if (token === undefined) return { refusal: unauthorized('the token is missing', scopes) };
    try {
      const { payload } = await jwtVerify(token, keyOf, {
        issuer: rules.issuer,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp'],
      });
      const flaw = flawOf(payload, rules);
      if (flaw !== undefined) return { refusal: unauthorized(flaw, scopes) };
      const own = scopesOf(payload);
      if (scopes.length > 0 && !scopes.some((scope) => own.includes(scope))) return { refusal: forbidden(scopes) };
      return { caller: { jwt: { claims: claimsOf(payload), scopes: own } } };
    } catch (error) {
      if (error instanceof IssuerUnreachable) {
        log(`JWT: ${error.message}`);
        return { refusal: problem('unavailable', 'The issuer of the tokens did not answer; send it again.') };
      }
      if (error instanceof errors.JOSEError) return { refusal: unauthorized(reasonOf(error), scopes) };
      throw error;
    }
  };
}

const Discovery = z.object({ jwks_uri: z.url() });

function issuerKeys(issuer: string): JWTVerifyGetKey {
  let keys: JWTVerifyGetKey | undefined;
  const discover = async (): Promise<JWTVerifyGetKey> => {
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const answer = await fetch(url, { signal: AbortSignal.timeout(DISCOVERY_TIMEOUT) });
    if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
    return createRemoteJWKSet(new URL(Discovery.parse(await answer.json()).jwks_uri));
  };
  return async (header, token) => {
    // API Gateway requires `kid`. Without it `jose` would use the issuer's only key.
    if (header.kid === undefined) throw new errors.JWKSNoMatchingKey();
    try {
      keys ??= await discover();
      return await keys(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error;
      throw new IssuerUnreachable(`no keys of ${issuer}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
}

/** Checks audience and time of issue, which `jwtVerify` cannot check by the rules of API Gateway. */
function flawOf(payload: JWTPayload, { audience }: JwtRules): string | undefined {
  // `client_id` replaces a missing `aud`, because access tokens of Cognito have none.
  const given = [payload.aud ?? payload.client_id].flat();
  if (!given.some((each) => typeof each === 'string' && audience.includes(each))) {
    return 'the token does not have a valid audience';
  }
  if (payload.iat !== undefined && payload.iat * 1000 > Date.now()) return 'the token was issued in the future';
  return undefined;
}

function scopesOf(payload: JWTPayload): string[] {
  return [payload.scope ?? payload.scp].flat().flatMap((part) => (typeof part === 'string' ? part.split(/ +/) : []));
}

/** Converts every claim to text, lists as `[a b]`, as API Gateway does. */
function claimsOf(payload: JWTPayload): Record<string, string> {
  return Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, textOf(value)]));
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join(' ')}]`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return 'the token has expired';
  if (error instanceof errors.JWTClaimValidationFailed) return `the claim ${error.claim} is missing or not valid`;
  if (error instanceof errors.JOSEAlgNotAllowed) return 'the algorithm of the token is not allowed';
  if (error instanceof errors.JWKSNoMatchingKey) return 'the issuer has no such key';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'the signature of the token is not valid';
  return 'the token is malformed';
}

function unauthorized(reason: string, scopes: readonly string[]): HttpAnswer {
  return challenge(problem('unauthorized', `Send a JWT as "Authorization: Bearer …": ${reason}.`), scopes, {
    error: 'invalid_token',
    error_description: reason,
  });
}

function forbidden(scopes: readonly string[]): HttpAnswer {
  const detail = `The token has none of the scopes of this route: ${scopes.join(', ')}.`;
  return challenge(problem('forbidden', detail), scopes, { error: 'insufficient_scope' });
}

function challenge(answer: HttpAnswer, scopes: readonly string[], more: Readonly<Record<string, string>>): HttpAnswer {
  const parts = Object.entries({ scope: scopes.join(' '), ...more }).map(([name, value]) => `${name}="${value}"`);
  return { ...answer, headers: { ...answer.headers, 'www-authenticate': `Bearer ${parts.join(' ')}` } };
}

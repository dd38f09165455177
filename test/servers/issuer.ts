/** A local issuer of JWTs: discovery, keys, and valid and invalid tokens, made with `jose`. */
import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, type JWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';

export const AUDIENCE = 'flows';

export type Claims = Readonly<Record<string, unknown>>;

export interface Issuer {
  readonly url: string;
  /** A token that is valid for an hour; claims of `undefined` are left out. */
  token(claims?: Claims, header?: { readonly alg?: string; readonly kid?: string | undefined }): Promise<string>;
  /** Without a signature. */
  unsigned(claims?: Claims): string;
  /** An HMAC whose secret is the public key, which anyone can make. */
  publicSecret(claims?: Claims): Promise<string>;
  /** Signs with a new key from now on; old keys stay published. */
  rotate(): Promise<void>;
  /** Status of every answer instead of 200. */
  fail(status: number | undefined): void;
  /** How often its keys were requested. */
  readonly fetched: () => number;
  close(): Promise<void>;
}

export const seconds = (fromNow: number): number => Math.floor(Date.now() / 1000) + fromNow;

export async function startIssuer(): Promise<Issuer> {
  const known: JWK[] = [];
  let [status, fetched]: [number | undefined, number] = [undefined, 0];
  const makeKey = async () => {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const kid = `key-${known.length + 1}`;
    known.push({ ...(await exportJWK(pair.publicKey)), kid, use: 'sig' });
    return { ...pair, kid };
  };
  let key = await makeKey();
  const server = createServer((request, response) => {
    const documents: Readonly<Record<string, () => unknown>> = {
      '/.well-known/openid-configuration': () => ({ issuer: url, jwks_uri: `${url}/keys` }),
      '/keys': () => {
        fetched += 1;
        return { keys: known };
      },
    };
    const document = documents[request.url ?? ''];
    response.writeHead(status ?? (document ? 200 : 404), { 'content-type': 'application/json' });
    response.end(JSON.stringify(document?.() ?? {}));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const withDefaults = (claims: Claims = {}): JWTPayload =>
    // Through JSON, which drops undefined members.
    JSON.parse(
      JSON.stringify({
        ...{ iss: url, aud: AUDIENCE, sub: 'ann', iat: seconds(-10), exp: seconds(3600) },
        ...claims,
      }),
    );
  return {
    url,
    token: (claims, { alg = 'RS256', ...header } = {}) =>
      new SignJWT(withDefaults(claims))
        .setProtectedHeader({ alg, ...('kid' in header ? header : { kid: key.kid }) } as { alg: string })
        .sign(key.privateKey),
    unsigned: (claims) => new UnsecuredJWT(withDefaults(claims)).encode(),
    publicSecret: async (claims) =>
      new SignJWT(withDefaults(claims))
        .setProtectedHeader({ alg: 'HS256', kid: key.kid })
        .sign(new TextEncoder().encode(await exportSPKI(key.publicKey))),
    async rotate() {
      key = await makeKey();
    },
    fail(wanted) {
      status = wanted;
    },
    fetched: () => fetched,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

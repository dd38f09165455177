/** The public route: the holder of a valid token may view one interrupt and answer it. */
import { FlowError } from '../../../errors/errors.ts';
import type { Clock, Logger } from '../../../ports/system.ts';
import { iso } from '../../../runtime/app/checks/times.ts';
import type { TokenClaims, Tokens } from '../../../runtime/client/callback-token.ts';
import type { Client } from '../../../runtime/client/types.ts';
import { checkPlain, type HttpEvent, header } from '../http/body.ts';
import { failure, type HttpAnswer, problem } from '../http/respond.ts';
import {
  actorRequired,
  answerOnWire,
  goneInterrupt,
  readAnswer,
  revokedLink,
  unknownInterrupt,
} from '../routes/answers.ts';
import { asPage, questionPage, resolvedPage } from './callback-page.ts';
import { readForm } from './form.ts';
import { securityHeaders } from './html.ts';

export interface CallbackOptions {
  readonly client: Pick<Client, 'lookup' | 'resume'>;
  readonly tokens: Pick<Tokens, 'verify'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
}

/**
 * Creates the handler of `/callbacks/{token}`. `GET` changes nothing, `POST` answers. The token is verified before a
 * body is read or a store called. It never throws.
 */
export function createCallbackHandler(options: CallbackOptions): (event: HttpEvent) => Promise<HttpAnswer> {
  const secure = securityHeaders();
  const route = async (event: HttpEvent): Promise<HttpAnswer> => {
    const [method, path] = event.routeKey.split(' ');
    const reads = method === 'GET' || method === 'HEAD';
    if (path !== '/callbacks/{token}' || !(reads || method === 'POST')) {
      return problem('unknown_route', 'No route has this method and path.');
    }
    const claims = await options.tokens.verify(event.pathParameters?.token ?? '');
    if (!claims) return unknownInterrupt();
    return reads ? show(claims, options) : answer(event, claims, options);
  };
  return async (event) => {
    const made = await route(event).catch((error: unknown) => failure(error, options.log));
    const isPage = made.headers['content-type']?.startsWith('text/html');
    const wantsPage = (header(event, 'accept') ?? '').includes('text/html');
    const { statusCode, headers, body } = wantsPage && !isPage ? asPage(made) : made;
    const isHead = event.routeKey.startsWith('HEAD ');
    return { statusCode, headers: { ...headers, ...secure }, body: isHead ? '' : body };
  };
}

async function show(claims: TokenClaims, { client, clock }: CallbackOptions): Promise<HttpAnswer> {
  const found = await client.lookup(claims.executionId, claims.interruptId, claims.generation, claims.link);
  if (!found) return unknownInterrupt();
  if (found.kind === 'revoked') return asPage(revokedLink());
  if (found.kind === 'resolved' && found.entry.outcome === 'accepted') {
    return resolvedPage(iso(found.entry.at), found.entry);
  }
  if (found.kind === 'resolved' || clock.now() >= claims.expiresAt) return asPage(goneInterrupt());
  if (found.interrupt.requireActor) return asPage(actorRequired(claims));
  return questionPage(found.interrupt, { schema: found.schema, to: claims.to });
}

async function answer(event: HttpEvent, claims: TokenClaims, { client, clock }: CallbackOptions): Promise<HttpAnswer> {
  const given = isForm(event) ? readAnswer(event, (text) => checkPlain(readForm(text), 'body')) : readAnswer(event);
  const { executionId, interruptId, generation, link } = claims;
  const { actor, ...rest } = given;
  if ((rest.generation ?? generation) !== generation) {
    throw new FlowError(
      'invalid_request',
      'generation: this link is for another generation of the interrupt. Leave it out.',
      {
        details: { path: 'generation' },
      },
    );
  }
  const who = claims.to === undefined ? named('actor', actor) : { actor: claims.to, ...named('claimed', actor) };
  const by = { ...who, verified: false, via: 'link', ...named('link', link) } as const;
  const expired = clock.now() >= claims.expiresAt ? { expired: true } : {};
  return answerOnWire(
    await client.resume(executionId, interruptId, { ...rest, ...by, generation, ...expired }),
    claims,
  );
}

function named<Name extends string>(name: Name, text: string | undefined): { readonly [key in Name]?: string } {
  return text === undefined ? {} : ({ [name]: text } as { readonly [key in Name]?: string });
}

function isForm(event: HttpEvent): boolean {
  return (header(event, 'content-type') ?? '').toLowerCase().startsWith('application/x-www-form-urlencoded');
}

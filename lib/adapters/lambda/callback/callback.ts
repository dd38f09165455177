/** The public route: the holder of a valid token may view one interrupt and answer it. */
import { FlowError } from '../../../errors/errors.ts';
import type { Clock, Logger } from '../../../ports/system.ts';
import type { TokenClaims, Tokens } from '../../../runtime/client/callback-token.ts';
import type { Client, ResumeAnswer } from '../../../runtime/client/types.ts';
import { checkPlain, type HttpEvent, header, readText } from '../http/body.ts';
import { failure, type HttpAnswer, problem } from '../http/respond.ts';
import { actorRequired, answerOnWire, type GivenAnswer, readAnswer, unknownInterrupt } from '../routes/answers.ts';
import {
  alreadyAnsweredPage,
  answeredPage,
  expiredLinkPage,
  expiredPage,
  problemPage,
  revokedPage,
  withdrawnPage,
} from './ended-pages.ts';
import { readForm } from './form.ts';
import { securityHeaders } from './html.ts';
import { questionPage, signInPage } from './question-page.ts';
import { refusedPost } from './refused.ts';

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
    const { statusCode, headers, body } = wantsPage(event) && !isPage ? problemPage(made) : made;
    const isHead = event.routeKey.startsWith('HEAD ');
    return { statusCode, headers: { ...headers, ...secure }, body: isHead ? '' : body };
  };
}

async function show(claims: TokenClaims, options: CallbackOptions): Promise<HttpAnswer> {
  const found = await look(claims, options);
  if (!found) return unknownInterrupt();
  if (found.kind === 'revoked') return revokedPage();
  const isExpired = options.clock.now() >= claims.expiresAt;
  if (found.kind === 'resolved') {
    const { entry } = found;
    if (entry.outcome === 'accepted') return alreadyAnsweredPage(200, entry);
    return entry.outcome === 'expired' ? expiredPage(entry.at) : withdrawnPage(entry);
  }
  if (isExpired) return expiredLinkPage(claims.expiresAt);
  if (found.interrupt.requireActor) return signInPage(found.interrupt, detailOf(actorRequired(claims)));
  return questionPage(found.interrupt, { schema: found.schema, to: claims.to });
}

function look({ executionId, interruptId, generation, link }: TokenClaims, { client }: CallbackOptions) {
  return client.lookup(executionId, interruptId, generation, link);
}

async function answer(event: HttpEvent, claims: TokenClaims, options: CallbackOptions): Promise<HttpAnswer> {
  try {
    const given = isForm(event) ? readAnswer(event, (text) => checkPlain(readForm(text), 'body')) : readAnswer(event);
    const result = await resume(given, claims, options);
    return (wantsPage(event) ? pageOf(result, given, claims, options) : undefined) ?? answerOnWire(result, claims);
  } catch (error) {
    if (!isForm(event) || !wantsPage(event)) throw error;
    const refused = refusedPost(error, readText(event));
    const found = refused && (await look(claims, options));
    if (found?.kind !== 'pending') throw error;
    return questionPage(found.interrupt, { schema: found.schema, to: claims.to, refused });
  }
}

async function resume(answer: GivenAnswer, claims: TokenClaims, { client, clock }: CallbackOptions) {
  const { executionId, interruptId, generation, link } = claims;
  const { actor, ...rest } = answer;
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
  return client.resume(executionId, interruptId, { ...rest, ...by, generation, ...expired });
}

/** `undefined`: the problem says all that there is to say. Headers of a repeat are those of the answer to a program. */
function pageOf(
  result: ResumeAnswer,
  { value }: GivenAnswer,
  claims: TokenClaims,
  { clock }: CallbackOptions,
): HttpAnswer | undefined {
  switch (result.kind) {
    case 'accepted':
    case 'duplicate': {
      const { body, statusCode, headers } = answeredPage(value, result.entry);
      return { statusCode, headers: { ...answerOnWire(result, claims).headers, ...headers }, body };
    }
    case 'conflict':
      return alreadyAnsweredPage(409, result.entry);
    case 'gone':
      if (result.entry.outcome !== 'expired') return withdrawnPage(result.entry);
      return expiredPage(clock.now() >= claims.expiresAt ? claims.expiresAt : result.entry.at);
    case 'revoked':
      return revokedPage();
    case 'mismatch':
    case 'actorRequired':
    case 'leaseExpired':
    case 'unknown':
      return undefined;
  }
}

function named<Name extends string>(name: Name, text: string | undefined): { readonly [key in Name]?: string } {
  return text === undefined ? {} : ({ [name]: text } as { readonly [key in Name]?: string });
}

function detailOf({ body }: HttpAnswer): string {
  return String((JSON.parse(body) as { readonly detail: unknown }).detail);
}

function isForm(event: HttpEvent): boolean {
  return (header(event, 'content-type') ?? '').toLowerCase().startsWith('application/x-www-form-urlencoded');
}

function wantsPage(event: HttpEvent): boolean {
  return (header(event, 'accept') ?? '').includes('text/html');
}

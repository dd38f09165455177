/** The public door: who holds a valid token may look at one interrupt and answer it. */
import { z } from 'zod';
import { FlowError } from '../../errors.ts';
import type { Json } from '../../flow/json.ts';
import type { Clock, Logger } from '../../ports/system.ts';
import type { TokenClaims, Tokens } from '../../runtime/token.ts';
import type { Client, ResumeAnswer } from '../../runtime/views.ts';
import { checkPlain, checkShape, type HttpEvent, header, ID, idempotencyKey, parseJson, readText } from './body.ts';
import { asPage, questionPage, resolvedPage } from './callback-page.ts';
import { readForm } from './form.ts';
import { securityHeaders } from './html.ts';
import { failure, type HttpAnswer, json, problem } from './respond.ts';

export interface CallbackOptions {
  readonly client: Pick<Client, 'lookup' | 'resume'>;
  readonly tokens: Pick<Tokens, 'verify'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Logger;
}

const AnswerBody = z.strictObject({
  value: z.custom<Json>((value) => value !== undefined, 'required'),
  resumeRequestId: z.string().regex(ID).optional(),
  actor: z.string().min(1).max(256).optional(),
});

/** One answer for every token that is not ours and every interrupt that is not there. */
const UNKNOWN = () => problem('unknown', 'This link does not lead to anything. Check that it is complete.');
const GONE = () => problem('gone', 'Nobody waits for this answer any more.');

/**
 * `GET` shows and changes nothing; `POST` answers. The signature is verified before a body is read or a store asked.
 * Never throws.
 */
export function createCallbackHandler(options: CallbackOptions): (event: HttpEvent) => Promise<HttpAnswer> {
  const secure = securityHeaders();
  const route = async (event: HttpEvent): Promise<HttpAnswer> => {
    const [method, path] = event.routeKey.split(' ');
    const reads = method === 'GET' || method === 'HEAD';
    if (path !== '/callbacks/{token}' || !(reads || method === 'POST')) {
      return problem('unknown_route', 'There is no such route.');
    }
    const claims = await options.tokens.verify(event.pathParameters?.token ?? '');
    if (!claims) return UNKNOWN();
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
  const found = await client.lookup(claims.executionId, claims.interruptId);
  if (found.kind === 'unknown') return UNKNOWN();
  if (found.kind === 'resolved' && found.entry.outcome === 'accepted') {
    return resolvedPage(iso(found.entry.at), found.entry.actor);
  }
  if (found.kind === 'resolved' || clock.now() >= claims.expiresAt) return asPage(GONE());
  return questionPage(found.interrupt, found.schema);
}

async function answer(event: HttpEvent, claims: TokenClaims, { client, clock }: CallbackOptions): Promise<HttpAnswer> {
  const { value, requestId, actor } = readAnswer(event);
  const result = await client.resume(claims.executionId, claims.interruptId, {
    value,
    ...(requestId === undefined ? {} : { requestId }),
    ...(actor === undefined ? {} : { actor }),
    ...(clock.now() >= claims.expiresAt ? { expired: true } : {}),
  });
  return onWire(result, claims);
}

function readAnswer(event: HttpEvent) {
  const key = idempotencyKey(event);
  const text = readText(event);
  const isForm = (header(event, 'content-type') ?? '').toLowerCase().startsWith('application/x-www-form-urlencoded');
  const given = isForm ? checkPlain(readForm(text), 'body') : parseJson(text, 'body');
  const { value, resumeRequestId, actor } = checkShape(AnswerBody, given, 'body');
  if (key !== undefined && resumeRequestId !== undefined && key !== resumeRequestId) {
    throw new FlowError('invalid_request', 'resumeRequestId: not the same as the Idempotency-Key header', {
      details: { path: 'resumeRequestId' },
    });
  }
  return { value, requestId: resumeRequestId ?? key, actor };
}

/** Made of the ledger entry alone, so that a duplicate gets the very bytes of the first answer. */
function onWire(result: ResumeAnswer, { executionId, interruptId }: TokenClaims): HttpAnswer {
  switch (result.kind) {
    case 'accepted':
    case 'duplicate':
      return json(
        200,
        {
          outcome: 'accepted',
          executionId,
          interruptId,
          resumeRequestId: result.requestId,
          resolvedAt: iso(result.entry.at),
        },
        result.kind === 'duplicate' ? { 'idempotent-replay': 'true' } : {},
      );
    case 'conflict':
      return problem('conflict', 'This has already been answered.', {
        resolvedAt: iso(result.entry.at),
        resolvedBy: result.entry.actor ?? null,
      });
    case 'mismatch':
      return problem('mismatch', 'This request id has already been used with another value.');
    case 'gone':
      return GONE();
    case 'unknown':
      return UNKNOWN();
  }
}

function iso(at: number): string {
  return new Date(at).toISOString();
}

/**
 * Admits programs and pages of the server itself. Refuses requests from pages of other sites, also when their name resolves to
 * 127.0.0.1 (DNS rebinding).
 */
import type { IncomingMessage } from 'node:http';

export interface Refusal {
  readonly status: 403 | 415;
  readonly detail: string;
}

/** Returns why the request is refused; `undefined` when it may pass. */
export function originProblem(request: IncomingMessage): Refusal | undefined {
  const { host, origin } = request.headers;
  if (!isLoopback(host)) {
    return {
      status: 403,
      detail: 'The Host header names no address of this machine. Use http://127.0.0.1 or localhost.',
    };
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    return { status: 403, detail: 'The request comes from a page of another origin.' };
  }
  const site = request.headers['sec-fetch-site'];
  if (site === 'cross-site' || site === 'same-site') {
    return { status: 403, detail: 'The request comes from a page of another site.' };
  }
  return undefined;
}

/** Requires JSON: browsers let a page send other content types to any server without a preflight request. */
export function typeProblem(request: IncomingMessage, body: Buffer): Refusal | undefined {
  const type = request.headers['content-type'] ?? '';
  if (body.length === 0 || /^application\/(json|x-amz-json-1\.\d)\s*(;|$)/i.test(type)) return undefined;
  return { status: 415, detail: `The Content-Type is "${type}"; send application/json.` };
}

/** Names below `localhost` always mean this machine. SQS clients use some. */
function isLoopback(host = ''): boolean {
  return /^(127\.0\.0\.1|\[::1\]|([a-z0-9-]+\.)*localhost)(:\d{1,5})?$/i.test(host);
}

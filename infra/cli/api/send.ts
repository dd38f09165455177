/** One HTTP exchange. Not `fetch`, which sets the `Host` header itself. */
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import type { Outgoing } from '../../console/signer.ts';

export interface Answer {
  readonly status: number;
  readonly retryAfter: number;
  readonly text: string;
}

/** @throws Error without an answer, also after `timeout` milliseconds */
export async function send({ method, url, headers, body }: Outgoing, timeout: number): Promise<Answer> {
  const response = await new Promise<IncomingMessage>((done, failed) => {
    const ask = url.protocol === 'https:' ? httpsRequest : httpRequest;
    // Node adds the length by itself, but not to a DELETE.
    const length = body === undefined ? {} : { 'content-length': String(body.length) };
    // A connection of its own: nothing keeps the process alive after the answer.
    const options = { method, headers: { ...headers, ...length }, agent: false, signal: AbortSignal.timeout(timeout) };
    const outgoing: ClientRequest = ask(url, options, done);
    outgoing.on('error', failed);
    outgoing.end(body);
  });
  return {
    status: response.statusCode ?? 0,
    retryAfter: Number(response.headers['retry-after']) || 1,
    text: await text(response),
  };
}

/** One HTTP exchange. Not `fetch`, which normalizes paths and sets the `Host` header. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { type Answer, bodyText, type Request } from './drivers/driver.ts';

export interface Door {
  /** The address to connect to. */
  readonly url: string;
  /** The `Host` header, if it is another one. */
  readonly host?: string;
  /** Headers that authenticate the caller. */
  readonly sign?: (request: Outgoing) => Promise<Readonly<Record<string, string>>>;
}

export interface Outgoing {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** Headers that servers on the way add. */
const PASSING = ['apigw-requestid', 'connection', 'date', 'keep-alive', 'server', 'transfer-encoding'];

export async function exchange(door: Door, method: string, target: string, request: Request = {}): Promise<Answer> {
  const { protocol, hostname, port, host } = new URL(door.url);
  const body = bodyText(request.body);
  const given = {
    host: door.host ?? host,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...request.headers,
  };
  const headers = { ...given, ...(await door.sign?.({ method, target, headers: given, body })) };
  const send = protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const options = { hostname, port, method, path: target, headers, agent: false };
    const outgoing = send(options, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const received = Object.entries(response.headers)
          .filter(([name]) => !PASSING.includes(name))
          .map(([name, value]) => [name, String(value)] as const);
        const text = Buffer.concat(parts).toString();
        resolve({ status: response.statusCode ?? 0, headers: Object.fromEntries(received), text });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

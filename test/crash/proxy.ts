/**
 * Stands between the host and the AWS API, on the loopback: it lets requests through until a trap springs, and then
 * nothing any more, until it is opened for the next host.
 */
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Journal, Seen } from './journal.ts';

/** `before`: the request is not forwarded. `after`: it was applied and is not answered. */
export type When = 'before' | 'after';

/** Whether the host dies now. */
export type Trap = (seen: Seen, when: When) => boolean;

export interface CrashProxy {
  readonly url: string;
  /** Opens the proxy for a new host. */
  open(): void;
  /** Springs at most once; `onSpring` has to kill the host at once. */
  set(trap: Trap, onSpring: () => void): void;
  /** Closes the proxy for a killed host; resolves when no request is in flight. */
  shut(): Promise<void>;
  /** Counts forwarded requests. */
  observe(observer: (seen: Seen, when: When) => void): void;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export async function openProxy(upstream: string, journal: Journal): Promise<CrashProxy> {
  const agent = new Agent({ keepAlive: true });
  const target = new URL(upstream);
  const underWay = new Set<Promise<unknown>>();
  const observers: ((seen: Seen, when: When) => void)[] = [];
  let trap: { readonly springs: Trap; readonly onSpring: () => void } | undefined;
  let isOpen = false;
  let host = 0;

  const cut = (): void => {
    isOpen = false;
    host += 1;
    trap = undefined;
    server.closeAllConnections();
  };

  /** Returns whether the host survives. */
  const pass = (seen: Seen, when: When): boolean => {
    for (const observer of observers) observer(seen, when);
    if (!trap?.springs(seen, when)) return true;
    trap.onSpring();
    cut();
    return false;
  };

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const mine = host;
    const body = await read(incoming);
    if (!isOpen || mine !== host) return void incoming.socket.destroy();
    const operation = String(incoming.headers['x-amz-target'] ?? '');
    const seen = journal.read(operation, body.toString());
    if (!pass(seen, 'before')) return;
    const answer = await forward(incoming, body);
    const done = answer.status === 200 ? journal.applied(seen, operation, answer.body.toString()) : undefined;
    if (mine !== host || (done && !pass(done, 'after'))) return;
    response.writeHead(answer.status, answer.headers).end(answer.body);
  };

  const forward = (incoming: IncomingMessage, body: Buffer): Promise<Answer> =>
    new Promise((done, failed) => {
      const { hostname, port } = target;
      const { method, url: path, headers } = incoming;
      const outgoing = request({ agent, hostname, port, method, path, headers }, (reply) => {
        const { 'transfer-encoding': _, connection: __, ...kept } = reply.headers;
        read(reply).then((content) => done({ status: reply.statusCode ?? 500, headers: kept, body: content }), failed);
      });
      outgoing.once('error', failed).end(body);
    });

  const server = createServer((incoming, response) => {
    const handled: Promise<void> = handle(incoming, response)
      .catch(() => void incoming.socket.destroy())
      .finally(() => underWay.delete(handled));
    underWay.add(handled);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    open() {
      isOpen = true;
    },
    set(springs, onSpring) {
      trap = { springs, onSpring };
    },
    async shut() {
      cut();
      await Promise.all(underWay);
    },
    observe: (observer) => void observers.push(observer),
    async close() {
      cut();
      agent.destroy();
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}

async function read(stream: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of stream as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts);
}

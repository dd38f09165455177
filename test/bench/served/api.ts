/** The API that the items of the bench `served` call. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const ANSWERS_AFTER_MS = 5;

/** Of 100 items, these are never found, and these fail once. */
export const isLost = (n: number) => n % 100 < 3;
export const failsOnce = (n: number) => n % 100 >= 10 && n % 100 < 20;

export interface Api {
  readonly url: string;
  /** Calls that it got. */
  calls(): number;
  close(): void;
}

/** Answers `/7` with 8. */
export async function startApi(): Promise<Api> {
  const seen = new Set<number>();
  let calls = 0;
  const server = createServer((request, response) => {
    const n = Number(request.url?.slice(1));
    const status = isLost(n) ? 404 : failsOnce(n) && !seen.has(n) ? 503 : 200;
    seen.add(n);
    calls += 1;
    setTimeout(() => response.writeHead(status).end(String(n + 1)), ANSWERS_AFTER_MS);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: () => calls,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** DynamoDB and SQS in this process, behind one loopback endpoint: dynalite and fauxqs. */
import { mkdir } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import dynalite from 'dynalite';
import { buildApp } from 'fauxqs';
import { originProblem } from '../http/origins.ts';

export interface Embedded {
  /** `http://127.0.0.1:<port>`, for the clients of both services. */
  readonly endpoint: string;
  /** Ends open requests and saves what is on disk. */
  close(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Folder of the tables. Without it they are in memory. Queues are always in memory. */
  readonly dataDir?: string;
  /** A free one by default. */
  readonly port?: number;
}

/**
 * Listens on 127.0.0.1 only. Queue URLs contain a host name below `localhost` that may not resolve. A client with a
 * configured endpoint does not resolve it.
 */
export async function startEmbedded(options: EmbeddedOptions = {}): Promise<Embedded> {
  const path = options.dataDir === undefined ? undefined : join(options.dataDir, 'dynamodb');
  if (path !== undefined) await mkdir(path, { recursive: true });
  const server = dynalite({
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
    ...(path === undefined ? {} : { path }),
  });
  const queues = buildApp({ logger: false });
  await queues.ready();

  const tables = server.listeners('request');
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    // AWS clients are programs. The emulators themselves would also accept requests of any web page.
    const foreign = originProblem(request);
    if (foreign || request.headers.origin !== undefined || request.method !== 'POST') {
      response.writeHead(403, { 'content-type': 'text/plain' }).end(foreign?.detail ?? 'For clients of AWS only.');
      return;
    }
    if (String(request.headers['x-amz-target']).startsWith('AmazonSQS')) queues.routing(request, response);
    else for (const listener of tables) listener.call(server, request, response);
    // dynalite throws when a request is aborted. Unhandled, that error would end this process.
    request.removeAllListeners('error').on('error', () => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      await queues.close();
      await new Promise<void>((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      });
    },
  };
}

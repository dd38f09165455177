/** One endpoint for two servers, as `AWS_ENDPOINT_URL` names one: SQS requests go to the queues, the rest to the table. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Server } from './process.ts';

export async function joinServers(tables: Server, queues: Server): Promise<Server> {
  const forward = (incoming: IncomingMessage, response: ServerResponse) => {
    const { method, url: path, headers } = incoming;
    const to = String(headers['x-amz-target']).startsWith('AmazonSQS') ? queues : tables;
    const { hostname, port } = new URL(to.endpoint);
    const outgoing = request({ hostname, port, method, path, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    outgoing.on('error', () => response.destroy());
    incoming.pipe(outgoing);
  };
  const server = createServer(forward).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      server.close();
      await Promise.all([tables.close(), queues.close()]);
    },
  };
}

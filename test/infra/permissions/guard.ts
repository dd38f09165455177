/** A proxy for an endpoint that refuses calls outside a role's permissions, as IAM does. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Guard {
  readonly endpoint: string;
  close(): void;
}

/** @param allows is called with calls such as `dynamodb:Query FlowTable/index/wake` */
export async function openGuard(endpoint: string, allows: (call: string) => boolean): Promise<Guard> {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    const body = Buffer.concat(parts);
    const target = String(request.headers['x-amz-target']);
    const calls = callsOf(target, JSON.parse(body.toString()) as Input);
    if (!calls.every(allows)) {
      const refusal = { __type: 'com.amazon.coral.service#AccessDeniedException', message: calls.join() };
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(refusal));
      return;
    }
    // The other headers belong to this connection.
    const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers;
    const passed = await fetch(endpoint, { method: 'POST', headers: headers as Record<string, string>, body });
    const type = passed.headers.get('content-type') ?? 'application/x-amz-json-1.0';
    response.writeHead(passed.status, { 'content-type': type }).end(Buffer.from(await passed.arrayBuffer()));
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

interface Input {
  readonly TableName?: string;
  readonly IndexName?: string;
  readonly RequestItems?: Readonly<Record<string, unknown>>;
  readonly QueueUrl?: string;
}

/** IAM has no batch actions for SQS. */
function callsOf(target: string, { TableName, IndexName, RequestItems = {}, QueueUrl = '' }: Input): string[] {
  const [service = '', command = ''] = target.split('.');
  if (service === 'AmazonSQS') return [`sqs:${command.replace(/Batch$/, '')} ${QueueUrl.split('/').at(-1)}`];
  const tables = TableName ? [TableName] : Object.keys(RequestItems);
  return tables.map((table) => `dynamodb:${command} ${table}${IndexName ? `/index/${IndexName}` : ''}`);
}

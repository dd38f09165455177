/** The four requests of S3 that the value bucket sends, in this process. As strict as S3 where that matters here. */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StoredObject {
  readonly content: Buffer;
  /** Of the header `x-amz-tagging`; a put without it has none. */
  readonly tags: string;
}

export interface ObjectServer {
  readonly endpoint: string;
  /** By `<bucket>/<key>`. */
  readonly objects: Map<string, StoredObject>;
  /** `PUT`, `GET`, `COPY`, `DELETE` since the last call. */
  sent(): readonly string[];
  /** Answers the next requests so, before they have any effect. */
  refuse(...codes: readonly string[]): void;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body?: string | Buffer;
}

const STATUS: Readonly<Record<string, number>> = { NoSuchKey: 404, AccessDenied: 403, SlowDown: 503 };

export async function startObjects(): Promise<ObjectServer> {
  const objects = new Map<string, StoredObject>();
  let requests: string[] = [];
  const refused: string[] = [];

  function answer(request: IncomingMessage, content: Buffer): Answer {
    const { pathname } = new URL(request.url ?? '/', 'http://s3');
    const path = decodeURIComponent(pathname.slice(1));
    const source = header(request, 'x-amz-copy-source');
    requests.push(source ? 'COPY' : String(request.method));
    const code = refused.shift();
    if (code !== undefined) return failure(code);
    if (source) return copy(request, path, decodeURIComponent(source));
    if (request.method === 'PUT') {
      const sum = createHash('sha256').update(content).digest('base64');
      if (header(request, 'x-amz-checksum-sha256') !== sum) return failure('BadDigest');
      objects.set(path, { content, tags: header(request, 'x-amz-tagging') });
      return { status: 200 };
    }
    if (request.method === 'DELETE') {
      objects.delete(path);
      return { status: 204 };
    }
    const found = objects.get(path);
    return found ? { status: 200, body: found.content } : failure('NoSuchKey');
  }

  function copy(request: IncomingMessage, path: string, source: string): Answer {
    const found = objects.get(source);
    if (!found) return failure('NoSuchKey');
    const isReplaced = header(request, 'x-amz-metadata-directive') === 'REPLACE';
    // S3 refuses a copy onto itself that changes nothing but tags.
    if (source === path && !isReplaced) return failure('InvalidRequest');
    const tagged = header(request, 'x-amz-tagging-directive') === 'REPLACE';
    objects.set(path, { ...found, tags: tagged ? header(request, 'x-amz-tagging') : found.tags });
    return { status: 200, body: '<CopyObjectResult><ETag>"1"</ETag></CopyObjectResult>' };
  }

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { status, body } = answer(request, Buffer.concat(chunks));
    response.writeHead(status, { 'content-type': 'application/xml' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    sent() {
      const all = requests;
      requests = [];
      return all;
    },
    refuse(...codes) {
      refused.push(...codes);
    },
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
        server.closeAllConnections();
      }),
  };
}

function failure(code: string): Answer {
  const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code} of the test</Message></Error>`;
  return { status: STATUS[code] ?? 400, body };
}

function header({ headers }: IncomingMessage, name: string): string {
  return String(headers[name] ?? '');
}

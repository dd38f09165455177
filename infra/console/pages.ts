/** Answers requests below `/console` with the static files. All paths of the console get the same page. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ConsoleFiles } from './files.ts';

const BASE = '/console';
const FILES = `${BASE}/files/`;

/** Content security policy: no other origins, no inline scripts, no frame around the page. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': POLICY,
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cache-control': 'no-cache',
};

/** Answers the request. Resolves to false if its path is not below `/console`. */
export type Pages = (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;

/**
 * @param load called at the first request; its files are kept
 * @param stage shown in the top bar
 */
export function createPages(load: () => Promise<ConsoleFiles>, stage: string): Pages {
  let files: Promise<ConsoleFiles> | undefined;
  return async (request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    if (path !== BASE && !path.startsWith(`${BASE}/`)) return false;
    if (request.method !== 'GET' && request.method !== 'HEAD') return false;
    files ??= load();
    // A failed build is repeated at the next request.
    files.catch(() => {
      files = undefined;
    });
    const name = path.startsWith(FILES) ? path.slice(FILES.length) : 'index.html';
    const file = (await files).get(name);
    if (!file) return false;
    const content = name === 'index.html' ? named(file.content, stage) : file.content;
    response.writeHead(200, { ...HEADERS, 'content-type': file.type, 'content-length': content.length });
    response.end(request.method === 'HEAD' ? undefined : content);
    return true;
  };
}

function named(page: Buffer, stage: string): Buffer {
  const safe = stage.replaceAll(/[^\w.-]/g, '');
  return Buffer.from(page.toString('utf8').replace('name="stage" content="local"', `name="stage" content="${safe}"`));
}

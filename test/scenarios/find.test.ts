/** History, listings and bulk over the local service. */
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { fileURLToPath } from 'node:url';
import { HANG_MS } from '../limits.ts';
import { type HttpDriver, openHttp } from './drivers/http-driver.ts';
import { findCases } from './find.ts';

describe('what went wrong, HTTP,', { timeout: HANG_MS }, () => {
  let driver: HttpDriver | undefined;
  before(async () => {
    driver = await openHttp({ app: fileURLToPath(new URL('find-app.ts', import.meta.url)) });
  });
  after(() => driver?.close());
  findCases(() => driver ?? assert.fail('not open'));
});

/** The refund scenario over memory and over the local service; `http.test.ts` has properties of only the latter. */
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { HANG_MS } from '../limits.ts';
import { callbackCases } from './callbacks.ts';
import type { Driver } from './drivers/driver.ts';
import { openHttp } from './drivers/http-driver.ts';
import { openMemory } from './drivers/memory-driver.ts';
import { refundCases } from './refund-approval.ts';
import { refusalCases } from './refusals.ts';

const OPEN: Readonly<Record<string, () => Promise<Driver>>> = { memory: openMemory, HTTP: openHttp };

for (const [name, open] of Object.entries(OPEN)) {
  describe(`refund approval, ${name}`, { timeout: HANG_MS }, () => {
    let driver: Driver | undefined;
    before(async () => {
      driver = await open();
    });
    after(() => driver?.close());
    const current = () => driver ?? assert.fail('not open');
    describe('takes its course:', () => refundCases(current));
    describe('callbacks:', () => callbackCases(current));
    describe('refuses', () => refusalCases(current));
  });
}

/** An execution driven from outside, over memory and over the local service. */
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import { fileURLToPath } from 'node:url';
import { HANG_MS } from '../limits.ts';
import type { Driver } from './drivers/driver.ts';
import { openHttp } from './drivers/http-driver.ts';
import { openMemory } from './drivers/memory-driver.ts';
import { talkCases } from './talk.ts';
import app from './talk-app.ts';

const OPEN: Readonly<Record<string, () => Promise<Driver>>> = {
  memory: () => openMemory(app),
  HTTP: () => openHttp({ app: fileURLToPath(new URL('talk-app.ts', import.meta.url)) }),
};

for (const [name, open] of Object.entries(OPEN)) {
  describe(`a talk, ${name},`, { timeout: HANG_MS }, () => {
    let driver: Driver | undefined;
    before(async () => {
      driver = await open();
    });
    after(() => driver?.close());
    talkCases(() => driver ?? assert.fail('not open'));
  });
}

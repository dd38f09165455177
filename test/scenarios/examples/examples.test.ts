/** The examples of the project over memory; `examples.slow.ts` runs them over the local service. */
import app from '#app';
import { createMemoryExchange } from '../../../lib/exchange.ts';
import { openMemory } from '../drivers/memory-driver.ts';
import { exampleCases } from './cases.ts';
import type { Example } from './doors.ts';

async function overMemory(): Promise<Example> {
  const exchange = createMemoryExchange();
  const driver = await openMemory({ ...app, exchange: { approvals: () => exchange } });
  return { ...driver, announced: () => exchange.announcements };
}

exampleCases('memory', overMemory);

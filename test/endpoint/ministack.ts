/** `npm run test:ministack`: starts MiniStack, runs the scenarios on it, ends it. */
import { startMiniStack } from '../servers/ministack.ts';
import { runEndpoint } from './run.ts';

const { endpoint, close } = await startMiniStack();
try {
  process.exitCode = await runEndpoint('ministack', { tables: endpoint, queues: endpoint });
} finally {
  await close();
}

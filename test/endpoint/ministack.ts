/** `npm run test:ministack`: starts MiniStack, runs `npm run test:endpoint` on it, ends it. */
import { startMiniStack } from '../servers/ministack.ts';
import { runSuite } from './run.ts';

const server = await startMiniStack();
try {
  process.exitCode = await runSuite(server.endpoint);
} finally {
  await server.close();
}

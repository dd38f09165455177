/** `npm run test:package -- --stack`: a made project deployed to MiniStack. */
import { fileURLToPath } from 'node:url';
import { startMiniStack } from '../servers/ministack.ts';
import { runSuites } from '../servers/suites.ts';

/** Answers the exit code. */
export async function runOnMiniStack(folder: string): Promise<number> {
  const { endpoint, close } = await startMiniStack();
  try {
    return await runSuites({
      files: [fileURLToPath(new URL('stack.suite.ts', import.meta.url))],
      env: {
        AWS_ENDPOINT_URL: endpoint,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_SESSION_TOKEN: undefined,
        AWS_PROFILE: undefined,
        AWS_REGION: 'us-east-1',
        PROJECT_FOLDER: folder,
      },
      mustRun: ['refund'],
    });
  } finally {
    await close();
  }
}

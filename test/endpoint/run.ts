/** Runs the endpoint suite as a process of its own, with the environment of its endpoint. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Answers the exit code. */
export async function runSuite(endpoint: string): Promise<number> {
  const suite = fileURLToPath(new URL('suite.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', '--test', '--test-reporter=spec', suite], {
    stdio: 'inherit',
    env: {
      ...process.env,
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  });
  return new Promise((done, failed) => child.on('error', failed).on('close', (code) => done(code ?? 1)));
}

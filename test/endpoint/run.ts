/** Runs the endpoint suite on an endpoint of a stated kind. */
import { fileURLToPath } from 'node:url';
import { runSuites } from '../servers/suites.ts';
import { type Kind, MUST_RUN } from './kinds.ts';

/** API endpoints. Without a table endpoint the embedded table is used beside the queues. */
export interface Endpoints {
  readonly tables?: string;
  readonly queues?: string;
  readonly keys?: string;
}

/** Returns the exit code. */
export function runEndpoint(kind: Kind, { tables, queues, keys }: Endpoints): Promise<number> {
  return runSuite(kind, {
    AWS_ENDPOINT_URL: tables === queues ? tables : undefined,
    AWS_ENDPOINT_URL_DYNAMODB: tables === queues ? undefined : tables,
    AWS_ENDPOINT_URL_SQS: tables === queues ? undefined : queues,
    AWS_ENDPOINT_URL_SSM: keys,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
    AWS_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
}

/** Returns the exit code. @param env replaces the environment of this process */
export function runSuite(kind: Kind, env: Readonly<Record<string, string | undefined>> = {}): Promise<number> {
  return runSuites({
    files: [fileURLToPath(new URL('suite.ts', import.meta.url))],
    env: { ...env, ENDPOINT_KIND: kind },
    mustRun: MUST_RUN[kind],
  });
}

/** The service on this machine without other installations: the process of `npm start` and of `durable-triggerflow dev`. */
import { join, resolve } from 'node:path';
import { appOf } from '../build/build.ts';
import { buildProblem } from '../build/problem.ts';
import { PROJECT } from '../roots.ts';
import { reportFailedAttempts } from './console/failed-attempts.ts';
import { reportFloatingRejections } from './console/floating.ts';
import { printTraces } from './console/traces.ts';
import { welcome } from './console/welcome.ts';
import { type JwtSettings, startHost } from './host.ts';
import { describe } from './http/front.ts';
import { onSignals } from './signals.ts';
import { watchApp } from './watch.ts';

/** Time for running chunks to end after a stop (ms). */
const STOP_WITHIN = 5_000;

function portOf(text = '3000'): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new Error(`PORT is "${text}"; it must be a number from 0 to 65535.`);
  return port;
}

/** Reads the JWT settings of the environment; `undefined` when there are none, so routes are open. */
function jwtOf(env: NodeJS.ProcessEnv): JwtSettings | undefined {
  const { JWT_ISSUER: issuer = '', JWT_AUDIENCE: audience = '', JWT_SCOPE_PREFIX: scopePrefix = '' } = env;
  if (issuer === '' && audience === '' && scopePrefix === '') return undefined;
  if (!/^https?:/.test(issuer) || !URL.canParse(issuer) || audience === '') {
    throw new Error(
      `JWT_ISSUER is "${issuer}", JWT_AUDIENCE is "${audience}"; set both, the URL of the issuer and the audience of its tokens, or neither.`,
    );
  }
  return { issuer, audience, scopePrefix };
}

export interface Serving {
  /** Builds and loads the functions again when a source of the app changes. */
  readonly watch: boolean;
  /** Prints the addresses as one line of JSON. */
  readonly isJson?: boolean;
}

export async function serve({ watch, isJson = false }: Serving): Promise<void> {
  // With JSON the addresses are the only output; what happens later is for people.
  const write = (line: string) => (isJson ? process.stderr : process.stdout).write(`${line}\n`);
  try {
    const { AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL_SQS, FLOW_APP, LOCAL_DIR, PORT, TRACES } =
      process.env;
    reportFloatingRejections(write);
    reportFailedAttempts(write);
    const jwt = jwtOf(process.env);
    const traces = TRACES === 'console';
    if (traces) await printTraces(write);
    write('Building the app and starting the service …');
    const host = await startHost({
      port: portOf(PORT),
      log: write,
      ...(AWS_ENDPOINT_URL ? { endpoint: AWS_ENDPOINT_URL } : {}),
      ...(AWS_ENDPOINT_URL_DYNAMODB ? { tableEndpoint: AWS_ENDPOINT_URL_DYNAMODB } : {}),
      ...(AWS_ENDPOINT_URL_SQS ? { queueEndpoint: AWS_ENDPOINT_URL_SQS } : {}),
      ...(LOCAL_DIR ? { dataDir: LOCAL_DIR } : {}),
      ...(FLOW_APP ? { app: FLOW_APP } : {}),
      ...(traces ? { observed: { traces: 'otel', metrics: 'none' } } : {}),
      ...(jwt ? { jwt } : {}),
    });
    const watched = { settings: [join(PROJECT, 'serverless.yml')], reload: host.reload, log: write };
    const app = FLOW_APP ? resolve(FLOW_APP) : await appOf(PROJECT);
    const unwatch = watch ? await watchApp({ app, ...watched }) : undefined;
    const { url, flows } = host;
    if (isJson) process.stdout.write(`${JSON.stringify({ url, console: `${url}/console`, flows })}\n`);
    else write(welcome(host, `T-${Date.now().toString(36)}`));
    if (jwt) write(`Every route asks for a JWT of ${jwt.issuer}: set FLOW_TOKEN to one for the commands.\n`);
    const stop = (): void => {
      write(
        `Stopping, within ${STOP_WITHIN / 1_000} s. Chunks that still run then are aborted and run again at the next start; nothing is lost.`,
      );
      // An endless chunk must not keep the process alive.
      setTimeout(() => process.exit(0), STOP_WITHIN).unref();
      Promise.all([unwatch?.(), host.close()]).then(
        () => process.exit(0),
        (error: unknown) => {
          process.stderr.write(`${describe(error)}\n`);
          process.exit(1);
        },
      );
    };
    const signalled = onSignals(
      () => performance.now(),
      stop,
      () => process.exit(1),
    );
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, signalled);
  } catch (error) {
    const set = ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_DYNAMODB', 'AWS_ENDPOINT_URL_SQS'].flatMap((name) => {
      const value = process.env[name];
      return value ? [`${name} is ${value}`] : [];
    });
    const about = set.length > 0 ? ` (${set.join(', ')})` : '';
    process.stderr.write(`${buildProblem(error)}${about}\n`);
    process.exitCode = 1;
  }
}

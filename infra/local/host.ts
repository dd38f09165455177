/** The whole service in one process: embedded table and queues, the built bundles, the HTTP front and the pumps. */
import { join, resolve } from 'node:path';
import { createSqsClient } from '../../lib/adapters/sqs/client.ts';
import { systemClock } from '../../lib/adapters/system.ts';
import { build } from '../build/build.ts';
import type { Observed } from '../build/observe.ts';
import { consoleFiles } from '../console/files.ts';
import { createPages } from '../console/pages.ts';
import { observedBy } from '../deploy/settings.ts';
import { PROJECT } from '../roots.ts';
import { startEmbedded } from './endpoint/embedded.ts';
import { LOCAL_ACCESS, type Provisioned, provision } from './endpoint/provision.ts';
import { type Log, openFront } from './http/front.ts';
import { createAuthorize } from './http/jwt.ts';
import { lockFolder } from './lock.ts';
import { type Lookup, resolveText } from './service/intrinsics.ts';
import { loadService, queuesOf, routesOf, type ServiceConfig, schedulesOf, tokensOf } from './service/service.ts';
import { createFlowSchedules, readFlowSchedules } from './triggers/flow-schedules.ts';
import { createInvoke, type Handler, type Invoke, importHandler, type LocalFunction } from './triggers/functions.ts';
import { createPump, type Pump } from './triggers/queue-pump.ts';
import { createSchedulePump } from './triggers/schedule-pump.ts';

export interface HostOptions {
  /** 0 takes a free port. */
  readonly port: number;
  /** Table, callback key and lock; default `.local`. */
  readonly dataDir?: string;
  /** AWS API to use instead of the embedded parts. */
  readonly endpoint?: string;
  /** Endpoint of the table, if it differs from `endpoint`. */
  readonly tableEndpoint?: string;
  /** Endpoint of the queues, if it differs from `endpoint`. */
  readonly queueEndpoint?: string;
  /** Overrides all other variables in the environment of the handlers. */
  readonly env?: Readonly<Record<string, string>>;
  /** A module that replaces `#app` in the bundles. */
  readonly app?: string;
  /** What the functions trace and measure. Default: the settings of stage `local`. */
  readonly observed?: Observed;
  /** Keeps large values in the bucket that `env` names. Default: they are in the table. */
  readonly hasValueBucket?: boolean;
  /** Loads the exported handler of a bundle; by default into this process. */
  readonly load?: (fn: string, file: string, exported: string) => Promise<Handler>;
  readonly log?: Log;
  /** Requires JWTs on the routes, as a stage with `authorizer=jwt` does. Without it every route is open. */
  readonly jwt?: JwtSettings;
}

export interface JwtSettings {
  readonly issuer: string;
  readonly audience: string;
  /** Prefix of each scope, such as `flows/`. */
  readonly scopePrefix?: string;
}

export interface Host {
  readonly url: string;
  /** Endpoint of the table. */
  readonly endpoint: string;
  /** Endpoint of the queues. */
  readonly queueEndpoint: string;
  /** Names of the app's flows. */
  readonly flows: readonly string[];
  /** Environment of the handlers: from `serverless.yml`, with local replacements. */
  readonly environment: Readonly<Record<string, string>>;
  /** Pumps all queues. */
  readonly pump: Pump;
  readonly invoke: Invoke;
  /** Builds the app again and loads its functions and schedules. Running invocations finish in the old functions. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

const STAGE = 'local';
const MAX_CONCURRENCY = 8;

/** Only one host per process at a time, because the handlers read `process.env`. `close` restores the environment. */
export async function startHost(options: HostOptions): Promise<Host> {
  const cleanup: (() => Promise<void> | void)[] = [];
  const close = async () => {
    for (let end = cleanup.pop(); end; end = cleanup.pop()) await end();
  };
  try {
    return { ...(await start(options, cleanup)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(options: HostOptions, cleanup: (() => Promise<void> | void)[]): Promise<Omit<Host, 'close'>> {
  const { log = () => undefined } = options;
  const dataDir = resolve(options.dataDir ?? join(PROJECT, '.local'));
  const service = await loadService(STAGE, paramsOf(options.jwt));

  const front = await openFront(options.port, log);
  cleanup.push(front.close);
  // A separate folder, because bundles with source maps must not be packaged.
  const { observed = await observedBy(STAGE), hasValueBucket = false, app } = options;
  const outDir = join(dataDir, 'dist');
  const bundle = () => build({ outDir, sourceMaps: true, observed, hasValueBucket, ...(app ? { app } : {}) });
  const bundles = bundle();
  process.setSourceMapsEnabled(true);
  // A failure is reported where `bundles` is awaited, not as an unhandled rejection.
  bundles.catch(() => undefined);

  const { endpoint, queueEndpoint } = await endpointsOf(options, dataDir, cleanup);
  cleanup.push(setEnvironment(awsEnvironment(endpoint, queueEndpoint)));
  const lookup = lookupOf(await provision({ endpoint, queueEndpoint }));

  const environment = {
    ...environmentOf(service, lookup),
    LEASE_MS: '2000',
    CLOCK_SKEW_MS: '0',
    CALLBACK_BASE_URL: front.url,
    CALLBACK_KEY_FILE: join(dataDir, 'callback-key.json'),
    // Every caller of this host is the developer. The printed commands read the callback URL from the list.
    CALLBACK_URLS_IN_LISTS: 'yes',
    ...options.env,
  };
  cleanup.push(setEnvironment({ ...environment, CALLBACK_KEY_PARAMETER: undefined }));

  const { flows } = await bundles;
  const functions = new Map(await loadFunctions(service, outDir, options));
  const invoke = createInvoke(functions);
  const client = createSqsClient({ endpoint: queueEndpoint, ...LOCAL_ACCESS });
  cleanup.push(() => client.destroy());
  const pumps = queuesOf(service).map((source) =>
    createPump({
      client,
      queueArn: resolveText(source.arn, lookup),
      fn: source.fn,
      batchSize: source.batchSize,
      concurrency: Math.min(source.maximumConcurrency ?? MAX_CONCURRENCY, MAX_CONCURRENCY),
      partial: source.partial,
      invoke,
      log,
    }),
  );
  const pump = all(pumps);
  const schedules = createSchedulePump({ schedules: schedulesOf(service), invoke, log });
  const createStarts = async () =>
    createFlowSchedules({
      schedules: await readFlowSchedules(join(outDir, 'schedules.json')),
      clock: systemClock,
      invoke: (event) => invoke('schedule', event),
      log,
    });
  let starts = await createStarts();
  const reload = async () => {
    await bundle();
    for (const [fn, loaded] of await loadFunctions(service, outDir, options)) functions.set(fn, loaded);
    const before = starts;
    starts = await createStarts();
    await before.stop();
    starts.start();
  };
  cleanup.push(pump.stop, schedules.stop, () => starts.stop());
  const tokens = tokensOf(service);
  const pages = createPages(() => consoleFiles(join(dataDir, 'console')), STAGE);
  front.serve(routesOf(service), invoke, { authorize: tokens && createAuthorize(tokens, log), pages });
  pump.start();
  schedules.start();
  starts.start();
  return { url: front.url, endpoint, queueEndpoint, flows, environment, pump, invoke, reload };
}

/** JWTs are required only if the options name an issuer, even when the default of the stage is `jwt`. */
function paramsOf(jwt: JwtSettings | undefined): Record<string, string> {
  if (!jwt) return { authorizer: 'iam' };
  const { issuer, audience, scopePrefix = '' } = jwt;
  return { authorizer: 'jwt', jwtIssuer: issuer, jwtAudience: audience, jwtScopePrefix: scopePrefix };
}

/** Starts embedded servers for the endpoints that the options do not name. */
async function endpointsOf(
  { endpoint, tableEndpoint: table = endpoint, queueEndpoint: queues = endpoint }: HostOptions,
  dataDir: string,
  cleanup: (() => Promise<void> | void)[],
): Promise<{ endpoint: string; queueEndpoint: string }> {
  if (table !== undefined && queues !== undefined) return { endpoint: table, queueEndpoint: queues };
  const own = await embedded(dataDir, cleanup);
  return { endpoint: table ?? own, queueEndpoint: queues ?? own };
}

async function embedded(dataDir: string, cleanup: (() => Promise<void> | void)[]): Promise<string> {
  const lock = await lockFolder(dataDir);
  cleanup.push(lock.release);
  const servers = await startEmbedded({ dataDir });
  cleanup.push(servers.close);
  return servers.endpoint;
}

async function loadFunctions(
  service: ServiceConfig,
  outDir: string,
  { load = (_, file, exported) => importHandler(file, exported) }: HostOptions,
): Promise<ReadonlyMap<string, LocalFunction>> {
  const loaded = Object.entries(service.functions).map(async ([fn, config]) => {
    const [, path = '', exported = ''] = /^dist\/(.+)\.(\w+)$/.exec(config.handler) ?? [];
    const local: LocalFunction = {
      name: `${service.service}-${STAGE}-${fn}`,
      timeoutSeconds: config.timeout,
      memoryMb: config.memorySize,
      handler: await load(fn, join(outDir, `${path}.mjs`), exported),
    };
    return [fn, local] as const;
  });
  return new Map(await Promise.all(loaded));
}

function lookupOf(provisioned: Provisioned): Lookup {
  return (name) => {
    const [id = '', attribute] = name.split('.');
    if (attribute === undefined) return PSEUDO[id] ?? provisioned.resource(id).ref;
    return attribute === 'Arn' ? provisioned.resource(id).arn : undefined;
  };
}

/** Variables for a layer and a bucket, which only AWS has. */
const NOT_HERE = /^(AWS_LAMBDA_EXEC_WRAPPER|VALUE_BUCKET.*)$/;

const PSEUDO: Readonly<Record<string, string>> = {
  HttpApi: 'local',
  'AWS::Region': LOCAL_ACCESS.region,
  'AWS::AccountId': '000000000000',
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
};

function environmentOf(service: ServiceConfig, lookup: Lookup): Record<string, string> {
  const declared = [service.provider, ...Object.values(service.functions)].map((part) => part.environment);
  const entries = declared.flatMap((part) => Object.entries(part)).filter(([name]) => !NOT_HERE.test(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, resolveText(value, lookup)]));
}

/** Replaces the AWS variables by the local credentials, so that no call can reach a real account. */
function awsEnvironment(endpoint: string, queueEndpoint: string): Record<string, string | undefined> {
  const { region, credentials } = LOCAL_ACCESS;
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: undefined,
    AWS_ENDPOINT_URL_SQS: queueEndpoint === endpoint ? undefined : queueEndpoint,
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: undefined,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
    // Each bundle contains the SDK, which would print the warning about Node 20 at every start.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
}

/** Returns a function that restores the old values. */
function setEnvironment(values: Readonly<Record<string, string | undefined>>): () => void {
  const before = Object.fromEntries(Object.keys(values).map((name) => [name, process.env[name]]));
  const apply = (wanted: Readonly<Record<string, string | undefined>>) => {
    for (const [name, value] of Object.entries(wanted)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  };
  apply(values);
  return () => apply(before);
}

function all(pumps: readonly Pump[]): Pump {
  return {
    start: () => {
      for (const pump of pumps) pump.start();
    },
    stop: async () => {
      await Promise.all(pumps.map((pump) => pump.stop()));
    },
  };
}

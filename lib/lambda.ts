/**
 * The handlers of the Lambda functions. Each factory builds only the parts its function needs, at the first invocation,
 * from environment variables.
 * @throws FlowError `missing_setting` at the invocation, naming the variable
 */
import type { Context, SQSEvent } from 'aws-lambda';
import { z } from 'zod';
import { createDynamoClient } from './adapters/dynamodb/client.ts';
import { createDynamoStores } from './adapters/dynamodb/stores.ts';
import { createFileKeyRing } from './adapters/file-keys.ts';
import { createCallbackHandler } from './adapters/lambda/callback/callback.ts';
import { createAnnounceHandler } from './adapters/lambda/events/announce.ts';
import { createScheduleHandler } from './adapters/lambda/events/schedule.ts';
import { createScheduledStart } from './adapters/lambda/events/scheduled-start.ts';
import { createStepHandler } from './adapters/lambda/events/sqs.ts';
import type { HttpEvent } from './adapters/lambda/http/body.ts';
import { createInvocations, type Invocations } from './adapters/lambda/http/invocation.ts';
import { createApiHandler } from './adapters/lambda/routes/api.ts';
import { createInterruptLink, createMakeLink, type LinkOptions } from './adapters/lambda/routes/links.ts';
import { createSqsClient } from './adapters/sqs/client.ts';
import { createSqsQueue, parseQueueMessage, parseWakeMessage } from './adapters/sqs/queue.ts';
import { createSsmClient, createSsmKeyRing } from './adapters/ssm/key-ring.ts';
import { createJsonLogger, systemClock, systemEntropy } from './adapters/system.ts';
import type { Telemetry } from './adapters/telemetry/function-telemetry.ts';
import { FlowError } from './errors/errors.ts';
import type { ObjectStore } from './ports/object-store.ts';
import type { Ports, Stores } from './ports/ports.ts';
import type { KeyRing } from './ports/system.ts';
import type { WakeQueue } from './ports/wake-queue.ts';
import type { App } from './runtime/app/app.ts';
import { DEFAULTS, type Parameters } from './runtime/app/parameters.ts';
import { createActs, createTools } from './runtime/client/acts.ts';
import { createTokens, type Tokens } from './runtime/client/callback-token.ts';
import { createClient } from './runtime/client/client.ts';
import { createAnnouncer } from './runtime/worker/announcer.ts';
import { createSweeper } from './runtime/worker/sweeper.ts';
import { createWorker } from './runtime/worker/worker.ts';

export interface HandlerOptions {
  /** Default: stores over the table named by `TABLE_NAME`. */
  readonly stores?: Stores;
  /** Keeps values over 64 KB outside of that table; default: it has them, too. */
  readonly valueBucket?: ObjectStore;
  /** Traces and metrics; default: none. */
  readonly telemetry?: Telemetry;
}

/** Handles `/flows`, `/executions` and `/interrupts`. */
export function apiHandler(app: App, options: HandlerOptions = {}) {
  const invocations = createInvocations();
  const handler = once(() => {
    const ports = createPorts(invocations, options);
    const { clock, entropy, log } = ports;
    const links = linkOptions();
    const { CALLBACK_URLS_IN_LISTS: inLists } = settings({ CALLBACK_URLS_IN_LISTS: Text().optional() });
    return createApiHandler({
      app,
      client: createClient(app, ports, parameters()),
      makeLink: createMakeLink({ ...links, clock }),
      ...(inLists === 'yes' ? { listedLink: createInterruptLink(links) } : {}),
      clock,
      entropy,
      log,
    });
  });
  return (event: HttpEvent, context?: Context) => run(invocations, options, event, context, () => handler()(event));
}

/** Handles `GET` and `POST /callbacks/{token}`. */
export function callbackHandler(app: App, options: HandlerOptions = {}) {
  const invocations = createInvocations();
  const handler = once(() => {
    const ports = createPorts(invocations, options);
    const client = createActs(createTools(app, ports, parameters()));
    return createCallbackHandler({ client, tokens: tokens(), clock: ports.clock, log: ports.log });
  });
  return (event: HttpEvent, context?: Context) => run(invocations, options, event, context, () => handler()(event));
}

/** Handles wake-ups and signals from the queue, with partial batch responses. */
export function stepHandler(app: App, options: HandlerOptions = {}) {
  const invocations = createInvocations();
  const handler = once(() => {
    const ports = createPorts(invocations, options);
    const worker = createWorker(
      app,
      ports,
      parameters(),
      app.exchange ? { announcements: announcements(invocations, options) } : {},
    );
    const client = createActs(createTools(app, ports, parameters()));
    return createStepHandler({ worker, client, parse: parseQueueMessage, clock: ports.clock, log: ports.log });
  });
  return (event: SQSEvent, context: Context) =>
    run(invocations, options, event, context, () => handler()(event, context));
}

/** Announces waits through the app's exchange providers. Unlike the step function it can sign callback URLs. */
export function announceHandler(app: App, options: HandlerOptions = {}) {
  const invocations = createInvocations();
  const handler = once(() => {
    const ports = createPorts(invocations, options);
    const announcer = createAnnouncer(app, ports, parameters(), createInterruptLink(linkOptions()));
    return createAnnounceHandler({ announcer, parse: parseWakeMessage, log: ports.log });
  });
  return (event: SQSEvent, context?: Context) => run(invocations, options, event, context, () => handler()(event));
}

/** Handles the sweep of each minute and the scheduled starts. */
export function scheduleHandler(app: App, options: HandlerOptions = {}) {
  const invocations = createInvocations();
  const handler = once(() => {
    const ports = createPorts(invocations, options);
    const { clock, log } = ports;
    const client = createActs(createTools(app, ports, parameters()));
    const start = createScheduledStart({ client, clock, log });
    const sweep = createScheduleHandler({ sweeper: createSweeper(ports, parameters()), clock, log });
    return async (event: unknown, context: Context) => {
      if (!(await start(event))) await sweep(event, context);
    };
  });
  return (event: unknown, context: Context) =>
    run(invocations, options, event, context, () => handler()(event, context));
}

/** Runs one invocation, traced and measured where the options say so. */
function run<T>(
  invocations: Invocations,
  { telemetry }: HandlerOptions,
  event: unknown,
  context: Context | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const own = async () => work();
  return invocations.run(() => (telemetry ? telemetry.invocation(event, context, own) : own()));
}

/** Caches the value once made. After an error the next invocation tries again and names the missing setting. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function createPorts(invocations: Invocations, options: HandlerOptions): Ports {
  const { telemetry } = options;
  const { QUEUE_URL: queueUrl } = settings({ QUEUE_URL: z.url() });
  const sqs = createSqsClient();
  guard(sqs, invocations);
  const ports = {
    ...(options.stores ?? createStores(invocations, options)),
    queue: createSqsQueue({ client: sqs, queueUrl }),
    clock: systemClock,
    entropy: systemEntropy,
    log: createJsonLogger((line) => process.stdout.write(line)),
  };
  return telemetry ? telemetry.observe(ports) : ports;
}

function createStores(invocations: Invocations, { telemetry, valueBucket }: HandlerOptions): Stores {
  const { TABLE_NAME: tableName } = settings({ TABLE_NAME: Text() });
  const client = createDynamoClient();
  guard(client, invocations);
  const stores = createDynamoStores({ client, tableName, clock: systemClock }, valueBucket);
  return telemetry ? telemetry.measure(client, stores) : stores;
}

function announcements(invocations: Invocations, { telemetry }: HandlerOptions): WakeQueue {
  const { ANNOUNCE_QUEUE_URL: queueUrl } = settings({ ANNOUNCE_QUEUE_URL: z.url() });
  const client = createSqsClient();
  guard(client, invocations);
  const queue = createSqsQueue({ client, queueUrl });
  return telemetry ? telemetry.traced(queue) : queue;
}

type Next = (args: never) => Promise<unknown>;
interface SdkClient {
  readonly middlewareStack: { add(middleware: (next: Next) => Next, options: object): void };
}

function guard({ middlewareStack }: SdkClient, { check }: Invocations): void {
  const middleware = (next: Next) => async (args: never) => {
    check();
    return next(args);
  };
  middlewareStack.add(middleware, { step: 'initialize', name: 'invocation' });
}

function parameters(): Parameters {
  const {
    LEASE_MS: lease = DEFAULTS.lease,
    CLOCK_SKEW_MS: clockSkew = DEFAULTS.clockSkew,
    HEAD_FORMAT: headFormat = DEFAULTS.headFormat,
  } = settings({
    LEASE_MS: z.coerce.number().int().min(100).optional(),
    CLOCK_SKEW_MS: z.coerce.number().int().min(0).optional(),
    HEAD_FORMAT: z
      .enum(['1', '2', '3', '4'])
      .transform((text) => Number(text) as Parameters['headFormat'])
      .optional(),
  });
  return { ...DEFAULTS, lease, clockSkew, headFormat };
}

function linkOptions(): LinkOptions {
  const { CALLBACK_BASE_URL: baseUrl } = settings({ CALLBACK_BASE_URL: z.url({ protocol: /^https?$/ }) });
  return { tokens: tokens(), baseUrl, tokenLife: parameters().tokenLife };
}

/** The stage is the tenant: with shared keys a token is still valid in its own stage only. */
function tokens(): Tokens {
  const { STAGE: tenant } = settings({ STAGE: Text() });
  return createTokens(keyRing(), { audience: 'callback', tenant });
}

function keyRing(): KeyRing {
  const { CALLBACK_KEY_PARAMETER: parameterName, CALLBACK_KEY_FILE: file } = settings({
    CALLBACK_KEY_PARAMETER: Text().optional(),
    CALLBACK_KEY_FILE: Text().optional(),
  });
  if (parameterName) return createSsmKeyRing({ client: createSsmClient(), parameterName, clock: systemClock });
  if (file) return createFileKeyRing(file);
  throw missing('CALLBACK_KEY_PARAMETER (or CALLBACK_KEY_FILE)', 'is not set');
}

function Text() {
  return z.string().min(1);
}

/** @throws FlowError `missing_setting` naming the variable, never its value */
function settings<Shape extends z.ZodRawShape>(shape: Shape): z.output<z.ZodObject<Shape>> {
  const read = z.object(shape).safeParse(process.env);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  throw missing(String(issue?.path[0]), issue?.message ?? 'is not valid');
}

function missing(name: string, problem: string): FlowError {
  return new FlowError(
    'missing_setting',
    `Environment variable ${name}: ${problem}. Set it in the environment of the function.`,
    { details: { setting: name } },
  );
}

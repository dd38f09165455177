/** The parts of `serverless.yml` that the local host uses: functions, their events, and the environment. */
import { z } from 'zod';
import type { JwtRules } from '../http/jwt.ts';
import { readAs, readService } from './includes.ts';
import { fillVariables, parseCloudFormation } from './intrinsics.ts';

const Environment = z.record(z.string(), z.unknown());

const Authorizer = z.union([
  z.strictObject({ type: z.literal('aws_iam') }).transform(() => ({ type: 'iam' as const })),
  z
    .strictObject({ name: z.literal('tokens'), scopes: z.array(z.string()).default([]) })
    .transform(({ scopes }) => ({ type: 'jwt' as const, scopes })),
]);

const HttpApi = z.union([
  z.string().transform((text) => {
    const [method = '*', path = '*'] = text.trim().split(/\s+/);
    return { method, path };
  }),
  z.object({ method: z.string().default('*'), path: z.string(), authorizer: Authorizer.optional() }),
]);

const Sqs = z.union([
  z
    .string()
    .transform((arn) => ({ arn: arn as unknown, batchSize: 10, maximumConcurrency: undefined, partial: false })),
  z
    .object({
      arn: z.unknown(),
      batchSize: z.int().min(1).max(10).default(10),
      maximumConcurrency: z.int().min(2).optional(),
      functionResponseType: z.literal('ReportBatchItemFailures').optional(),
    })
    .transform(({ functionResponseType, ...rest }) => ({ ...rest, partial: functionResponseType !== undefined })),
]);

const Schedule = z.union([
  z.string().transform((rate) => ({ rates: [rate], enabled: true })),
  z
    .object({ rate: z.union([z.string(), z.array(z.string())]), enabled: z.boolean().default(true) })
    .transform(({ rate, enabled }) => ({ rates: [rate].flat(), enabled })),
]);

const Event = z.object({ httpApi: HttpApi.optional(), sqs: Sqs.optional(), schedule: Schedule.optional() });

const FunctionConfig = z.object({
  handler: z.string().regex(/^[\w./-]+\.\w+$/),
  timeout: z.int().positive().default(6),
  memorySize: z.int().positive().default(1024),
  environment: Environment.default({}),
  events: z.array(Event).default([]),
});

const Tokens = z.object({ issuerUrl: z.string(), audience: z.array(z.string()) });

const ServiceConfig = z.object({
  service: z.string(),
  provider: z.object({
    environment: Environment.default({}),
    httpApi: z.object({ authorizers: z.object({ tokens: Tokens.optional() }).default({}) }).optional(),
  }),
  functions: z.record(z.string(), FunctionConfig),
});

export type FunctionConfig = z.infer<typeof FunctionConfig>;
export type ServiceConfig = z.infer<typeof ServiceConfig>;

/** `jwt` requires a token with one of the scopes; without scopes any valid token. */
export type RouteAuthorizer = { readonly type: 'iam' } | { readonly type: 'jwt'; readonly scopes: readonly string[] };

export interface Route {
  readonly method: string;
  readonly path: string;
  /** Name of the function in `serverless.yml`. */
  readonly fn: string;
  /** Absent: every caller is admitted. */
  readonly authorizer?: RouteAuthorizer | undefined;
}

/** A queue that invokes a function. */
export interface QueueSource {
  readonly fn: string;
  readonly arn: unknown;
  readonly batchSize: number;
  readonly maximumConcurrency?: number | undefined;
  /** Whether the function reports single messages as failed. */
  readonly partial: boolean;
}

export interface ScheduleSource {
  readonly fn: string;
  readonly rate: string;
}

/** @param params as `--param` gives them */
export function parseService(
  text: string,
  stage: string,
  params: Readonly<Record<string, string>> = {},
): ServiceConfig {
  return fill(parseCloudFormation(text), stage, params);
}

export async function loadService(
  stage: string,
  params: Readonly<Record<string, string>> = {},
): Promise<ServiceConfig> {
  return fill(await readService(), stage, params);
}

function fill(document: unknown, stage: string, params: Readonly<Record<string, string>>): ServiceConfig {
  return readAs(ServiceConfig, fillVariables(document, stage, document, params));
}

/** Issuer and audience of the tokens that routes require; `undefined` with IAM. */
export function tokensOf(service: ServiceConfig): JwtRules | undefined {
  const tokens = service.provider.httpApi?.authorizers.tokens;
  return tokens && { issuer: tokens.issuerUrl, audience: tokens.audience };
}

export function routesOf(service: ServiceConfig): Route[] {
  return eventsOf(service).flatMap(({ fn, event }) => (event.httpApi ? [{ fn, ...event.httpApi }] : []));
}

export function queuesOf(service: ServiceConfig): QueueSource[] {
  return eventsOf(service).flatMap(({ fn, event }) => (event.sqs ? [{ fn, ...event.sqs }] : []));
}

export function schedulesOf(service: ServiceConfig): ScheduleSource[] {
  return eventsOf(service).flatMap(({ fn, event: { schedule } }) =>
    schedule?.enabled ? schedule.rates.map((rate) => ({ fn, rate })) : [],
  );
}

function eventsOf(service: ServiceConfig) {
  return Object.entries(service.functions).flatMap(([fn, config]) => config.events.map((event) => ({ fn, event })));
}

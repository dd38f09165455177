/** Checks the settings of a stage before any call to AWS: `params` of `serverless.yml`, overridden by `--param`. */
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { METRICS, type Observed, TRACES } from '../build/observe.ts';
import { readAs, readService } from '../local/service/includes.ts';

interface Rule {
  /** Completes "it must be". */
  readonly what: string;
  readonly accepts: (text: string) => boolean;
}

const matching = (what: string, pattern: RegExp): Rule => ({ what, accepts: (text) => pattern.test(text) });
const oneOf = (...values: readonly (string | number)[]): Rule => ({
  what: values.join(' or '),
  accepts: (text) => values.map(String).includes(text),
});
const whole = (least: number, most = 1_000_000): Rule => ({
  what: `a whole number from ${least} to ${most}`,
  accepts: (text) => /^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most,
});
const arn = (what: string, rest: string): Rule =>
  matching(`the ARN of ${what}, or empty`, new RegExp(`^(arn:aws[a-z-]*:${rest})?$`));

const BUCKET = matching('the name of an S3 bucket, or empty', /^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$/);

/** The values that AWS or the runtime accepts, by setting. */
export const SETTINGS: Readonly<Record<string, Rule>> = {
  authorizer: oneOf('iam', 'jwt'),
  jwtIssuer: matching('a URL with https, or empty', /^(https:\/\/[^\s/]+\S*)?$/),
  jwtAudience: matching('a text without spaces', /^\S*$/),
  // API Gateway takes scopes of at most 64 characters; `answer` is the longest name after the prefix.
  jwtScopePrefix: matching('at most 58 letters, digits and _ : / . ~ -, or empty', /^[\w:/.~-]{0,58}$/),
  leaseMs: whole(100, 900_000),
  clockSkewMs: whole(0, 60_000),
  headFormat: oneOf('1', '2', '3', '4'),
  stepSeconds: whole(1, 900),
  visibilitySeconds: whole(1, 43_200),
  maxReceives: whole(1, 1000),
  stepEnabled: oneOf('true', 'false'),
  stepConcurrency: whole(2, 1000),
  httpReserved: whole(0),
  requestsPerSecond: whole(1),
  requestBurst: whole(1),
  logDays: oneOf(
    ...[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096],
    ...[1827, 2192, 2557, 2922, 3288, 3653],
  ),
  deletionProtection: oneOf('true', 'false'),
  keyArn: arn('a KMS key', 'kms:[a-z0-9-]+:\\d{12}:key/[A-Za-z0-9-]+'),
  boundaryArn: arn('a managed policy', 'iam::(\\d{12}|aws):policy/\\S+'),
  bundleBucket: BUCKET,
  valueBucket: BUCKET,
  valueBucketWrites: oneOf('yes', 'no'),
  metricMath: oneOf('yes', 'no'),
  alarmTopicArn: arn('an SNS topic', 'sns:[a-z0-9-]+:\\d{12}:[\\w-]+'),
  traces: oneOf(...TRACES),
  tracesLayer: arn('a version of a Lambda layer', 'lambda:[a-z0-9-]+:\\d{12}:layer:[\\w-]+:\\d+'),
  metrics: oneOf(...METRICS),
};

const Params = z.record(
  z.string(),
  z.union([z.string(), z.number(), z.boolean(), z.null()]).transform((value) => String(value ?? '')),
);
const Service = z.object({ params: z.record(z.string(), Params) });

/** The stage and the settings among the arguments of osls. */
export function settingsIn(args: readonly string[]) {
  const options = { stage: { type: 'string', default: 'dev' }, param: { type: 'string', multiple: true } } as const;
  const { stage, param = [] } = parseArgs({ args: [...args], options, strict: false, allowPositionals: true }).values;
  const pairs = [param].flat().map((text) => String(text).split(/=(.*)/s, 2));
  return { stage: String(stage), params: Object.fromEntries(pairs.map(([name = '', value = '']) => [name, value])) };
}

/** Optional parts of the bundles of a stage, by its settings. */
export async function partsOf(
  stage: string,
  given: Readonly<Record<string, string>> = {},
): Promise<{ readonly observed: Observed; readonly hasValueBucket: boolean }> {
  const { params } = readAs(Service, await readService());
  const settings = { ...params.default, ...params[stage], ...given };
  return { observed: observedOf(settings), hasValueBucket: Boolean(settings.valueBucket) };
}

/** What the functions of a stage trace and measure. */
export async function observedBy(stage: string, given: Readonly<Record<string, string>> = {}): Promise<Observed> {
  return (await partsOf(stage, given)).observed;
}

function observedOf({ traces, metrics }: Readonly<Record<string, string>>): Observed {
  return {
    traces: TRACES.find((each) => each === traces) ?? 'none',
    metrics: METRICS.find((each) => each === metrics) ?? 'none',
  };
}

/** The first problem of a stage's settings, as one line. */
export async function settingsProblem(
  stage: string,
  given: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  const { params } = readAs(Service, await readService());
  const settings = { ...params.default, ...params[stage], ...given };
  const placeOf = (name: string) => (Object.hasOwn(given, name) ? '--param' : 'serverless.yml:');
  for (const [name, value] of Object.entries(settings)) {
    const rule = Object.hasOwn(SETTINGS, name) ? SETTINGS[name] : undefined;
    const known = Object.hasOwn(params.default ?? {}, name);
    if (!known)
      return `${placeOf(name)} ${name} is no setting. There are: ${Object.keys(params.default ?? {}).join(', ')}.`;
    if (rule && !rule.accepts(value)) return `${placeOf(name)} ${name} is "${value}"; it must be ${rule.what}.`;
  }
  const [step = 0, visibility = 0] = [settings.stepSeconds, settings.visibilitySeconds].map(Number);
  if (visibility < step) {
    return `visibilitySeconds is ${visibility}, shorter than stepSeconds (${step}): messages would be redelivered while they are processed.`;
  }
  if (settings.authorizer === 'jwt' && !(settings.jwtIssuer && settings.jwtAudience)) {
    return 'authorizer is jwt, which needs jwtIssuer and jwtAudience. Set both.';
  }
  return undefined;
}

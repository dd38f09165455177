/** Kinds of endpoints, their features, and the scenarios that they must run. */

export const KINDS = ['aws', 'ministack', 'localstack', 'localstack-pro', 'parts'] as const;
export type Kind = (typeof KINDS)[number];

/**
 * `stack`: deploys the CloudFormation template, functions, HTTP API and schedules included. Elsewhere the local host replaces
 * it. `processes`: functions run in their own processes on this machine and may be killed. `keys`: keeps the signing keys, as
 * SSM does.
 */
export type Capability = 'stack' | 'processes' | 'keys';

export const CAPABILITIES: Readonly<Record<Kind, ReadonlySet<Capability>>> = {
  aws: new Set(['stack', 'keys']),
  ministack: new Set(['stack', 'processes', 'keys']),
  // Without a licence it has no HTTP API.
  localstack: new Set(['keys']),
  'localstack-pro': new Set(['stack', 'keys']),
  // A table and queues, each of any kind.
  parts: new Set(),
};

const EVERYWHERE = ['refund', 'callbacks', 'talk', 'find', 'loop', 'redrive', 'schedule'];

/** Scenarios that must run and pass without a skipped test. */
export const MUST_RUN: Readonly<Record<Kind, readonly string[]>> = {
  aws: [...EVERYWHERE, 'keys', 'door', 'command line', 'poison'],
  ministack: [...EVERYWHERE, 'keys', 'door', 'command line', 'poison', 'killed worker', 'wide list'],
  localstack: [...EVERYWHERE, 'keys'],
  'localstack-pro': [...EVERYWHERE, 'keys', 'door', 'command line', 'poison'],
  parts: EVERYWHERE,
};

type Environment = Readonly<Record<string, string | undefined>>;

/** The kind that `ENDPOINT_KIND` names. @throws Error when it is unset, or an endpoint is missing */
export function readKind(env: Environment): Kind {
  const { ENDPOINT_KIND: named, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_DYNAMODB, AWS_ENDPOINT_URL_SQS } = env;
  const kind = KINDS.find((each) => each === named);
  if (!kind) throw new Error(`ENDPOINT_KIND is "${named ?? ''}"; it must be one of ${KINDS.join(', ')}.`);
  if (kind !== 'aws' && !AWS_ENDPOINT_URL && !AWS_ENDPOINT_URL_DYNAMODB && !AWS_ENDPOINT_URL_SQS) {
    throw new Error(`ENDPOINT_KIND is ${kind}; set AWS_ENDPOINT_URL to where it is.`);
  }
  return kind;
}

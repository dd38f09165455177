/** Kinds of endpoints, what they can do, and what therefore has to run on them. */

export const KINDS = ['aws', 'ministack', 'localstack', 'parts'] as const;
export type Kind = (typeof KINDS)[number];

/**
 * `stack`: deploys the CloudFormation template, functions, HTTP API and schedules included; elsewhere the local host stands in.
 * `processes`: functions run in processes of their own on this machine, which may be killed.
 */
export type Capability = 'stack' | 'processes';

export const CAPABILITIES: Readonly<Record<Kind, ReadonlySet<Capability>>> = {
  aws: new Set(['stack']),
  ministack: new Set(['stack', 'processes']),
  // Without a licence it has neither the HTTP API nor functions without containers: table and queue only.
  localstack: new Set(),
  parts: new Set(),
};

const EVERYWHERE = ['refund', 'callbacks', 'talk', 'loop', 'redrive', 'schedule'];

/** Scenarios whose absence is a failure. */
export const MUST_RUN: Readonly<Record<Kind, readonly string[]>> = {
  aws: [...EVERYWHERE, 'door', 'poison'],
  ministack: [...EVERYWHERE, 'door', 'poison', 'killed worker'],
  localstack: EVERYWHERE,
  parts: EVERYWHERE,
};

/** What stands at the endpoint; `ENDPOINT_KIND` wins over a look at it. @throws Error without an endpoint or kind */
export async function kindOf(endpoint: string | undefined, named: string | undefined): Promise<Kind> {
  if (named) {
    const kind = KINDS.find((each) => each === named);
    if (!kind) throw new Error(`ENDPOINT_KIND is "${named}"; it may be ${KINDS.join(', ')}.`);
    return kind;
  }
  if (!endpoint) throw new Error('Set AWS_ENDPOINT_URL, or ENDPOINT_KIND=aws to use the account of your credentials.');
  const answers = (path: string) =>
    fetch(`${endpoint}${path}`)
      .then(
        // Some answer everything, though not in JSON.
        async (answer) => answer.ok && typeof (await answer.json()) === 'object',
      )
      .catch(() => false);
  if (await answers('/_ministack/health')) return 'ministack';
  return (await answers('/_localstack/health')) ? 'localstack' : 'parts';
}

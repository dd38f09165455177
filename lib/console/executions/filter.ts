/** The filter of the list. It is the query of the page's address, so that a link shows the same list. */
export interface Filter {
  readonly flow?: string;
  readonly status?: string;
  /** Started within this time: `1h`, `24h`, `7d`, `30d`. */
  readonly since?: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export const STATUSES = ['waiting', 'running', 'paused', 'blocked', 'failed', 'closed'] as const;

const HOUR = 3_600_000;
export const SINCE: Readonly<Record<string, { readonly label: string; readonly ms: number }>> = {
  '1h': { label: 'last hour', ms: HOUR },
  '24h': { label: 'last 24 hours', ms: 24 * HOUR },
  '7d': { label: 'last 7 days', ms: 7 * 24 * HOUR },
  '30d': { label: 'last 30 days', ms: 30 * 24 * HOUR },
};

const ATTRIBUTE = 'attr.';

export function filterOf(query: URLSearchParams): Filter {
  const text = (name: string) => query.get(name) || undefined;
  const [flow, status, since] = [text('flow'), text('status'), text('since')];
  const attributes = Object.fromEntries(
    [...query]
      .filter(([name]) => name.startsWith(ATTRIBUTE))
      .map(([name, value]) => [name.slice(ATTRIBUTE.length), value]),
  );
  return {
    ...(flow === undefined ? {} : { flow }),
    ...(status === undefined ? {} : { status }),
    ...(since === undefined || !Object.hasOwn(SINCE, since) ? {} : { since }),
    attributes,
  };
}

/** The place that shows the list so filtered. */
export function placeOf({ flow, status, since, attributes }: Filter): string {
  const query = new URLSearchParams({
    ...(flow === undefined ? {} : { flow }),
    ...(status === undefined ? {} : { status }),
    ...(since === undefined ? {} : { since }),
    ...Object.fromEntries(Object.entries(attributes).map(([name, value]) => [ATTRIBUTE + name, value])),
  }).toString();
  return `/executions${query === '' ? '' : `?${query}`}`;
}

/** The query of the API. Times are floored to minutes, so that a list that is read again is the same request. */
export function apiQuery(filter: Filter, now: number, cursor?: string): string {
  const { attributes, ...conditions } = conditionsOf(filter, now);
  const query = new URLSearchParams({
    ...conditions,
    ...Object.fromEntries(Object.entries(attributes ?? {}).map(([name, value]) => [ATTRIBUTE + name, value])),
    ...(cursor === undefined ? {} : { cursor }),
    limit: '50',
  });
  return `/executions?${query.toString()}`;
}

/** The filter as `POST /bulk` takes it. */
export function conditionsOf({ flow, status, since, attributes }: Filter, now: number) {
  const within = since === undefined ? undefined : SINCE[since]?.ms;
  return {
    ...(flow === undefined ? {} : { flow }),
    ...(status === undefined ? {} : { status }),
    ...(within === undefined ? {} : { createdAfter: new Date(floor(now - within)).toISOString() }),
    ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
  };
}

function floor(at: number): number {
  return at - (at % 60_000);
}

/** The filter in words: `failed · expense-approval · last 7 days`. */
export function wordsOf({ flow, status, since, attributes }: Filter): string {
  const named = Object.entries(attributes).map(([name, value]) => `${name} ${value}`);
  return [status, flow, since === undefined ? undefined : SINCE[since]?.label, ...named]
    .filter((part) => part !== undefined)
    .join(' · ');
}

export function isEmpty(filter: Filter): boolean {
  return wordsOf(filter) === '';
}

/** Options that several commands share. */
import type { Option, Row } from '../row.ts';

export const STAGE: Option = { name: 'stage', short: 's', value: 'name', about: 'a deployed stage; default dev' };
export const REGION: Option = {
  name: 'region',
  short: 'r',
  value: 'region',
  about: 'AWS region; default: AWS_REGION, else us-east-1',
};
export const PROFILE: Option = { name: 'aws-profile', value: 'name', about: 'profile of your AWS configuration' };
export const PARAM: Option = {
  name: 'param',
  value: 'name=value',
  isMany: true,
  about: 'a setting of the stage, over those of serverless.yml',
};
export const VERBOSE: Option = { name: 'verbose', about: 'shows each step of osls' };

export const JSON_OPTION: Option = { name: 'json', about: 'prints JSON, one line for each item' };

/** Where the service is. */
const SERVICE: readonly Option[] = [
  { name: 'url', value: 'url', about: 'address of the API; default: FLOW_URL, else the service of "npm start"' },
  { ...STAGE, about: 'a deployed stage, with your AWS credentials' },
  REGION,
  PROFILE,
];

export const LIMIT: Option = { name: 'limit', value: 'count', about: 'most items; default 50' };
export const ALL: Option = { name: 'all', about: 'all items' };
export const WAIT_OPTION: Option = {
  name: 'wait',
  value: 'seconds',
  about: 'waits at most so long until it has ended, failed, or waits; then shows it',
};

/** What `list` and `bulk` choose by. `open`: neither closed nor failed. `closed`: ended, and not failed. */
export const STATUSES = [
  ...['open', 'closed', 'created', 'running', 'waiting', 'idle', 'blocked', 'paused'],
  ...['completed', 'failed', 'cancelled'],
] as const;

export const FILTER: readonly Option[] = [
  { name: 'flow', value: 'name', about: 'only those of this flow' },
  { name: 'status', value: 'status', about: 'only those that are', choices: STATUSES },
  { name: 'attr', value: 'name=value', isMany: true, about: 'only those with this attribute' },
  { name: 'created-after', value: 'time', about: 'only those made at this time or later (ISO 8601)' },
  { name: 'created-before', value: 'time', about: 'only those made before it' },
];

export const ACTOR: Option = {
  name: 'actor',
  value: 'name',
  about: 'who does it; a service that authenticates callers knows better',
};
export const ID = (what: string): Option => ({
  name: 'id',
  value: 'id',
  about: `idempotency key: ${what}; default: a new one`,
});

/** All options of a command. */
export function optionsOf({ options = [], place }: Row): readonly Option[] {
  return [...options, ...(place === 'service' ? SERVICE : []), JSON_OPTION];
}

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

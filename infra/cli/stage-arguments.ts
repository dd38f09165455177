/** Arguments of commands that work on a stage. They are checked before any call to AWS. */
import { settingsProblem } from '../deploy/settings.ts';
import type { Given } from './given.ts';
import { UsageError } from './usage.ts';

export interface StageArguments {
  readonly stage: string;
  readonly region: string;
  readonly profile?: string;
  readonly params: Readonly<Record<string, string>>;
  /** The same arguments, in the form that osls takes. */
  readonly osls: readonly string[];
}

/** @throws UsageError */
export async function stageArguments(given: Given): Promise<StageArguments> {
  const stage = given.maybe('stage') ?? 'dev';
  const region = given.maybe('region') ?? (process.env.AWS_REGION || 'us-east-1');
  const profile = given.maybe('aws-profile');
  if (!/^[a-z0-9][a-z0-9-]{0,15}$/.test(stage)) {
    throw new UsageError(`The stage is "${stage}"; it must be 1 to 16 small letters, digits and hyphens.`);
  }
  if (!/^[a-z]+(-[a-z]+)+-\d+$/.test(region)) {
    throw new UsageError(`The region is "${region}"; it must be one such as us-east-1.`);
  }
  if (profile === '') throw new UsageError('--aws-profile is empty; name a profile of your AWS configuration.');
  const listed = given.many('param');
  const params = Object.fromEntries(listed.map(pairOf));
  const problem = await settingsProblem(stage, params);
  if (problem) throw new UsageError(problem);
  return {
    ...{ stage, region, params },
    ...(profile === undefined ? {} : { profile }),
    osls: [
      ...['--stage', stage, '--region', region],
      ...(profile === undefined ? [] : ['--aws-profile', profile]),
      ...listed.flatMap((param) => ['--param', param]),
      ...(given.flag('verbose') ? ['--verbose'] : []),
      ...(given.flag('force') ? ['--force'] : []),
    ],
  };
}

function pairOf(param: string): readonly [string, string] {
  const at = param.indexOf('=');
  if (at < 1) throw new UsageError(`--param is "${param}"; write --param name=value.`);
  return [param.slice(0, at), param.slice(at + 1)];
}

/** Arguments of `npm run test:package`. */
import { HELP, parse } from '../../infra/cli/usage.ts';

export interface Options {
  /** Deploys a made project to MiniStack, in place of the other checks. */
  readonly stack: boolean;
}

export const USAGE = 'usage: npm run test:package -- [--stack]\n';

/** @throws UsageError */
export function readOptions(args: readonly string[]): Options | undefined {
  const options = { stack: { type: 'boolean', default: false }, help: HELP } as const;
  const { values } = parse({ args: [...args], options });
  return values.help ? undefined : { stack: values.stack };
}

/** `durable-triggerflow dev`: runs the service on this machine and reloads the app after changes. */

import { usageOf } from '../cli/help.ts';
import { HELP, parse, readOrExit } from '../cli/usage.ts';
import { serve } from './serve.ts';

export async function devCommand(args: readonly string[]): Promise<void> {
  await readOrExit(usageOf('dev'), () => {
    const { values } = parse({ args: [...args], options: { help: HELP } });
    return values.help ? undefined : values;
  });
  await serve({ watch: true });
}

/** `durable-triggerflow dev`: the service on this machine, which takes in changes of the app. */
import { HELP, parse, readOrExit } from '../usage.ts';
import { serve } from './serve.ts';

const USAGE = `usage: durable-triggerflow dev
Settings are in the environment: PORT (3000), LOCAL_DIR (.local), FLOW_APP, AWS_ENDPOINT_URL, JWT_ISSUER, JWT_AUDIENCE.
`;

export async function devCommand(args: readonly string[]): Promise<void> {
  await readOrExit(USAGE, () => {
    const { values } = parse({ args: [...args], options: { help: HELP } });
    return values.help ? undefined : values;
  });
  await serve({ watch: true });
}

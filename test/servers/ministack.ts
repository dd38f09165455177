/** MiniStack: table, queue, functions, HTTP API, scheduler and CloudFormation in one process. Needs Python 3.10 or later. */
import { dirname } from 'node:path';
import { pythonProgram } from './install/python.ts';
import { freePort, type Server, startServer } from './process.ts';

const VERSION = '1.5.33';

/** Functions run on the Node of this process. */
export async function startMiniStack(): Promise<Server> {
  const command = await pythonProgram('ministack', VERSION);
  const port = await freePort();
  return startServer({
    name: 'ministack',
    port,
    command,
    path: '/_ministack/health',
    env: {
      // Default: all interfaces.
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      PATH: `${dirname(process.execPath)}:${process.env.PATH ?? ''}`,
    },
  });
}

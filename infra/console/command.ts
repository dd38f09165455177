/**
 * `durable-triggerflow console`: names the console of a running service, or with `--stage dev` serves the one of a deployed
 * stage until it is interrupted.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import { z } from 'zod';
import { createApi } from '../cli/api/api.ts';
import { connect } from '../cli/api/connection.ts';
import type { Given } from '../cli/given.ts';
import { tell } from '../cli/output.ts';
import type { OtherCommand } from '../cli/row.ts';
import { stageArguments } from '../cli/stage-arguments.ts';
import { UsageError } from '../cli/usage.ts';
import { openStage } from '../deploy/stage-api.ts';
import { PROJECT } from '../roots.ts';
import { consoleFiles } from './files.ts';
import { createPages } from './pages.ts';
import { openStageServer } from './stage-server.ts';

const DEFAULT_PORT = 3001;

export const consoleCommand: OtherCommand = {
  kind: 'other',
  run: (given, { isJson }) => (given.maybe('stage') === undefined ? name(given, isJson) : serve(given, isJson)),
};

/** The service has the console itself. */
async function name(given: Given, isJson: boolean): Promise<void> {
  const api = createApi(await connect(given));
  await api.call({ method: 'GET', path: '/flows' }, z.looseObject({ items: z.array(z.unknown()) }));
  const url = `${api.url}/console`;
  await tell(isJson, `Console: ${url}\n`, { url });
}

async function serve(given: Given, isJson: boolean): Promise<void> {
  const port = portOf(process.env.PORT);
  const place = await stageArguments(given);
  const { stage } = place;
  const api = await openStage(place);
  const server = await openStageServer({
    port,
    apiUrl: api.url.href,
    pages: createPages(() => consoleFiles(join(PROJECT, '.local/console')), stage),
    sign: api.sign,
  });
  const url = `${server.url}/console`;
  const ended = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await tell(isJson, `Console of ${stage}: ${url}\nIt acts as you, on ${api.url.href}. Ctrl+C ends it.\n`, { url });
  await ended;
  await server.close();
}

function portOf(text: string | undefined): number {
  if (text === undefined || text === '') return DEFAULT_PORT;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`PORT is "${text}"; it must be a number from 0 to 65535.`);
}

/** `npm start` with table and queue in its process: killed at random times and restarted on the same folder. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LOCAL_ACCESS } from '../../infra/local/endpoint/provision.ts';
import { createDynamoClient } from '../../lib/adapters/dynamodb/client.ts';
import { createDynamoStores, type DynamoStores } from '../../lib/adapters/dynamodb/stores.ts';
import { systemClock } from '../../lib/adapters/system.ts';
import type { Head } from '../../lib/engine/head.ts';
import type { Chooser } from '../sim/world/chooser.ts';
import { until } from './door.ts';
import { freePort, startHostProcess, tempFolder } from './host-process.ts';
import { type LogEntry, parseLog } from './lane.ts';
import { type Outcome, RECOVERY_MS } from './named.ts';
import { drive, refund, verify } from './scenario.ts';
import { isQuiet } from './steps.ts';

const EXECUTIONS = 3;
const KILLS = 3;

/** One outcome per round. The first round has no kill and measures the machine. */
export async function diskKills(rounds: number, chooser: Chooser, report: (outcome: Outcome) => void): Promise<void> {
  const dataDir = await tempFolder();
  const port = await freePort();
  const logs: LogEntry[] = [];
  let endpoint = '';
  const start = () =>
    startHostProcess({
      port,
      dataDir,
      onLine(line) {
        endpoint = /^AWS API +(\S+)/.exec(line)?.[1] ?? endpoint;
        logs.push(...parseLog(line));
      },
    });
  let host = start();
  try {
    await host.ready;
    let calmMs = 0;
    for (let round = 0; round <= rounds; round += 1) {
      const ids = Array.from({ length: EXECUTIONS }, (_, i) => `disk-${round}-${i}`);
      const url = `http://127.0.0.1:${port}`;
      const driven = Promise.all(ids.map((id) => drive({ url }, id, refund)));
      let ready = Date.now();
      const kills = round === 0 ? [] : Array.from({ length: KILLS }, () => chooser.between(20, Math.ceil(calmMs / 2)));
      for (const ms of kills) {
        await sleep(ms);
        host.kill();
        await host.exited;
        host = start();
        ready = await host.ready;
      }
      const problems = (await driven).flat();
      const recoveryMs = Date.now() - ready;
      const client = createDynamoClient({ endpoint, ...LOCAL_ACCESS });
      const stores = createDynamoStores({ client, tableName: 'FlowTable', clock: systemClock });
      for (const id of ids) {
        problems.push(...(await unrest(stores, id)), ...(await verify({ url, stores, logs }, id, refund)));
      }
      client.destroy();
      if (round === 0) calmMs = recoveryMs;
      const bound = RECOVERY_MS + calmMs;
      if (recoveryMs > bound) problems.push(`at rest after ${recoveryMs} ms, not within ${bound} ms`);
      const name =
        round === 0 ? `npm start, calm, ${EXECUTIONS} at once` : `npm start ${round} (${kills.join(', ')} ms)`;
      report({ name, restarts: kills.length, recoveryMs, problems });
    }
  } finally {
    host.kill();
    await host.exited;
  }
}

/** The remaining work of an execution that does not come to rest. */
async function unrest({ executions }: DynamoStores, executionId: string): Promise<string[]> {
  let head: Head | undefined;
  const rests = async () => {
    head = (await executions.load(executionId))?.head;
    return head && isQuiet(head) ? true : undefined;
  };
  return until(rests, 'rest', RECOVERY_MS).then(
    () => [],
    () => [`${executionId} has not come to rest: ${JSON.stringify(head)}`],
  );
}

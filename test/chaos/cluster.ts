/** Several hosts over one store on disk, each of which may be killed or stopped at any time; the store may be killed too. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LOCAL_ACCESS, provision } from '../../infra/local/endpoint/provision.ts';
import { createDynamoClient } from '../../lib/adapters/dynamodb/client.ts';
import { createDynamoStores, type DynamoStores } from '../../lib/adapters/dynamodb/stores.ts';
import { systemClock } from '../../lib/adapters/system.ts';
import { freePort, type HostProcess, startHostProcess, tempFolder } from '../crash/host-process.ts';
import { startEmbeddedProcess } from '../servers/embedded.ts';

export interface Cluster {
  /** One address per host; a restarted host keeps it. */
  readonly urls: readonly string[];
  readonly stores: DynamoStores;
  /** Kills (SIGKILL) and restarts. Resolves when the host serves again. */
  kill(host: number): Promise<void>;
  /** Stops (SIGSTOP) for this many milliseconds. */
  pause(host: number, ms: number): Promise<void>;
  /** Kills the store and queue process: rows are kept, all messages are lost. */
  killStore(): Promise<void>;
  close(): Promise<void>;
}

/** @param env of the hosts */
export async function startCluster(hosts: number, env: Readonly<Record<string, string>>): Promise<Cluster> {
  const dataDir = await tempFolder();
  const port = await freePort();
  const startStore = async () => {
    const started = await startEmbeddedProcess({ dataDir, port });
    await provision(started);
    return started;
  };
  let store = await startStore();
  const ports = await Promise.all(Array.from({ length: hosts }, freePort));
  const start = (i: number): HostProcess =>
    startHostProcess({
      port: ports[i] ?? 0,
      dataDir,
      env: { ...env, AWS_ENDPOINT_URL: store.endpoint },
      onLine: () => undefined,
    });
  const running = ports.map((_, i) => start(i));
  await Promise.all(running.map((host) => host.ready));
  const client = createDynamoClient({ endpoint: store.endpoint, ...LOCAL_ACCESS });

  const at = (i: number): HostProcess => running[i] ?? never(i);
  return {
    urls: ports.map((each) => `http://127.0.0.1:${each}`),
    stores: createDynamoStores({ client, tableName: 'FlowTable', clock: systemClock }),
    async kill(i) {
      at(i).kill();
      await at(i).exited;
      // A host that starts without a store exits.
      for (let up = false; !up; ) {
        running[i] = start(i);
        up = await at(i).ready.then(
          () => true,
          () => sleep(200, false),
        );
      }
    },
    async pause(i, ms) {
      at(i).pause();
      await sleep(ms);
      at(i).resume();
    },
    async killStore() {
      await store.kill();
      store = await startStore();
    },
    async close() {
      for (const host of running) host.kill();
      await Promise.all(running.map((host) => host.exited));
      client.destroy();
      await store.close();
    },
  };
}

function never(host: number): never {
  throw new Error(`There is no host ${host}.`);
}

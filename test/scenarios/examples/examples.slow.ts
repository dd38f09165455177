/** The examples of the project over the local service. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openHttp } from '../drivers/http-driver.ts';
import { exampleCases } from './cases.ts';
import type { Example } from './doors.ts';

type Announced = ReturnType<Example['announced']>[number];

async function overHttp(): Promise<Example> {
  const webhook = await openWebhook();
  const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
  const driver = await openHttp({ env: { APPROVAL_WEBHOOK_URL: webhook.url, APPROVAL_WEBHOOK_SECRET: secret } });
  return {
    ...driver,
    announced: () => webhook.announced,
    async close() {
      await driver.close();
      webhook.server.close();
    },
  };
}

async function openWebhook(): Promise<{
  readonly server: Server;
  readonly url: string;
  readonly announced: Announced[];
}> {
  const announced: Announced[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    const { data } = JSON.parse(body) as { data: Announced };
    announced.push({ ...data, id: String(request.headers['webhook-id']) });
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, announced };
}

exampleCases('HTTP', overHttp);

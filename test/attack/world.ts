/** The system under attack: the production handlers over memory stores that count writes. */
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { createCallbackHandler } from '../../lib/adapters/lambda/callback/callback.ts';
import { createAnnounceHandler } from '../../lib/adapters/lambda/events/announce.ts';
import { createStepHandler } from '../../lib/adapters/lambda/events/sqs.ts';
import type { HttpEvent } from '../../lib/adapters/lambda/http/body.ts';
import type { HttpAnswer } from '../../lib/adapters/lambda/http/respond.ts';
import { createApiHandler } from '../../lib/adapters/lambda/routes/api.ts';
import { createInterruptLink, createMakeLink } from '../../lib/adapters/lambda/routes/links.ts';
import { parseQueueMessage, parseWakeMessage } from '../../lib/adapters/sqs/queue.ts';
import type { KeyRing, Logger, SigningKey } from '../../lib/ports/system.ts';
import { DEFAULTS } from '../../lib/runtime/app/parameters.ts';
import { createTokens, type TokenClaims } from '../../lib/runtime/client/callback-token.ts';
import { createClient } from '../../lib/runtime/client/client.ts';
import type { Client } from '../../lib/runtime/client/types.ts';
import type { Snapshot } from '../../lib/runtime/snapshot/document.ts';
import { createAnnouncer } from '../../lib/runtime/worker/announcer.ts';
import { createWorker } from '../../lib/runtime/worker/worker.ts';
import { createTestkit } from '../../lib/testing.ts';
import { app } from './app.ts';
import { countWrites } from './writes.ts';

export const TENANT = 'test';

export interface World {
  readonly client: Client;
  http(event: HttpEvent): Promise<HttpAnswer>;
  step(bodies: readonly string[]): Promise<SQSBatchResponse>;
  announce(bodies: readonly string[]): Promise<SQSBatchResponse>;
  /** Number of writes to stores and queue. */
  writes(): number;
  /** Logged lines. */
  readonly lines: string[];
  readonly keys: Readonly<Record<'a' | 'b', SigningKey>>;
  readonly claims: TokenClaims;
  /** A valid token for the wait of execution `waits`. */
  readonly token: string;
  readonly interruptId: string;
  /** The activation of execution `later`, which starts in an hour. */
  readonly activationId: string;
  readonly snapshot: Snapshot;
}

export async function createWorld(): Promise<World> {
  const lines: string[] = [];
  const write: Logger['info'] = (message, fields) => {
    lines.push(JSON.stringify({ message, ...fields }));
  };
  const log: Logger = { info: write, warn: write, error: write };
  const kit = createTestkit(app, { log });
  await kit.client.start('waits', { n: 1 }, { id: 'waits', interventionMode: 'auto' });
  await kit.client.start('fails', null, { id: 'fails' });
  await kit.client.start('many', null, { id: 'many' });
  await kit.client.start('lists', { tasks: [{ id: 'a', kind: 'wait' }] }, { id: 'lists' });
  const startAt = new Date(kit.clock.now() + 3_600_000).toISOString();
  await kit.client.start('waits', { n: 1 }, { id: 'later', startAt });
  await kit.drain();
  const view = await kit.client.get('waits');
  const snapshot = await kit.client.save('waits');
  const [wait] = view?.interrupts ?? [];
  if (!wait || !snapshot) throw new Error('Execution "waits" does not wait.');

  const keys = { a: keyOf('a'), b: keyOf('b') };
  const ring: KeyRing = {
    current: async () => keys.a,
    find: async (kid) => (kid === 'a' || kid === 'b' ? keys[kid] : undefined),
  };
  const tokens = createTokens(ring, { audience: 'callback', tenant: TENANT });
  const claims = {
    executionId: 'waits',
    interruptId: wait.interruptId,
    generation: 0,
    expiresAt: kit.clock.now() + DEFAULTS.tokenLife,
  };
  const { ports, writes } = countWrites({ ...kit.ports, log });
  const parameters = { ...DEFAULTS, backOff: 0 };
  const client = createClient(app, ports, parameters);
  const { clock, entropy } = ports;
  const { tokenLife } = DEFAULTS;
  const links = { tokens, baseUrl: 'https://cb.example', tokenLife };
  const makeLink = createMakeLink({ ...links, clock });
  const api = createApiHandler({ app, client, makeLink, clock, entropy, log });
  const callback = createCallbackHandler({ client, tokens, clock, log });
  const worker = createWorker(app, ports, parameters);
  const step = createStepHandler({ worker, client, parse: parseQueueMessage, clock, log });
  const announcer = createAnnouncer(app, ports, parameters, createInterruptLink(links));
  const announce = createAnnounceHandler({ announcer, parse: parseWakeMessage, log });
  return {
    client,
    http: (event) => (event.routeKey.includes(' /callbacks/') ? callback(event) : api(event)),
    step: (bodies) => step(batchOf(bodies), { getRemainingTimeInMillis: () => 60_000 }),
    announce: (bodies) => announce(batchOf(bodies)),
    writes,
    lines,
    keys,
    claims,
    token: await tokens.sign(claims),
    interruptId: wait.interruptId,
    activationId: (await kit.view('later')).doing?.[0]?.activationId ?? '',
    snapshot,
  };
}

function batchOf(bodies: readonly string[]): SQSEvent {
  return { Records: bodies.map((body, i) => ({ messageId: `m-${i}`, body })) as never };
}

function keyOf(kid: string): SigningKey {
  return { kid, secret: new Uint8Array(32).fill(kid.charCodeAt(0)) };
}

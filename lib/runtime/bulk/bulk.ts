/** `client.bulk`: previews and starts bulks. */
import { defined } from '../../defined.ts';
import { FlowError } from '../../errors/errors.ts';
import { digest, hashId } from '../../flow/json.ts';
import { type BulkAct, bulkAct, bulkFilter, ratePerSecond } from '../../flow/options/bulk.ts';
import { problemOf } from '../../flow/options/check.ts';
import type { Ports } from '../../ports/ports.ts';
import { checkId } from '../app/checks/checks.ts';
import { iso } from '../app/checks/times.ts';
import type { BulkAnswer, BulkRequest, Client, StartAnswer, StartOptions } from '../client/types.ts';
import type { Reader } from '../view/reader.ts';
import type { Search } from '../view/search.ts';
import { BULK } from './flow.ts';
import { createPreviews } from './previews.ts';
import { createTargets } from './targets.ts';

export interface BulkTools {
  readonly search: Search;
  readonly status: Reader['status'];
  start(input: unknown, id: string, options: StartOptions): Promise<StartAnswer>;
}

const SAMPLE = 10;
const RATE = 20;

export function createBulk(ports: Ports, { search, status, start }: BulkTools): Pick<Client, 'bulk'> {
  const find = createTargets(ports, search, status);
  const previews = createPreviews(ports);

  /** What an earlier call with this id did. */
  const earlier = async (id: string, request: string): Promise<BulkAnswer | undefined> => {
    const head = (await ports.executions.load(id))?.head;
    if (!head) return undefined;
    const isSame = head.flow === BULK && head.attributes?.request === request;
    return isSame ? { kind: 'accepted', executionId: id } : { kind: 'conflict', executionId: id };
  };

  const begin = async (
    { ratePerSecond: rate = RATE, actor, verified, claimed }: BulkRequest,
    { id, request, act, targets, missing }: Begun,
  ): Promise<BulkAnswer> => {
    const order = { act, ratePerSecond: rate, ...defined({ actor, verified, claimed }) };
    const title = `${act.action} ${targets.length} ${targets.length === 1 ? 'execution' : 'executions'}`;
    const attributes = { title, action: act.action, request };
    const { kind } = await start({ order, targets }, id, { attributes });
    if (kind === 'conflict') return (await earlier(id, request)) ?? { kind: 'conflict', executionId: id };
    return { kind: 'accepted', executionId: id, count: targets.length, ...defined({ missing }) };
  };

  return {
    async bulk(request) {
      check('ratePerSecond', ratePerSecond.optional(), request.ratePerSecond);
      if ('previewId' in request) {
        const { previewId } = request;
        const id = checkId(request.id ?? previewId);
        const mark = hashId('preview', checkId(previewId));
        const done = await earlier(id, mark);
        if (done) return done;
        const preview = await previews.get(previewId);
        if (!preview) return { kind: 'unknown' };
        const { act, targets } = preview;
        if (!may(request, act)) return { kind: 'forbidden', action: act.action };
        return begin(request, { id, request: mark, act, targets });
      }
      const { filter, dryRun = false } = request;
      const act = actOf(request);
      check('the filter of bulk', bulkFilter, filter);
      if (!may(request, act)) return { kind: 'forbidden', action: act.action };
      const id = checkId(request.id ?? ports.entropy.id());
      const mark = hashId('bulk', digest([act, filter, request.ratePerSecond ?? RATE] as never));
      const done = dryRun ? undefined : await earlier(id, mark);
      if (done) return done;
      const { targets, byError, missing } = await find(filter, act);
      if (!dryRun) return begin(request, { id, request: mark, act, targets, ...defined({ missing }) });
      const previewId = ports.entropy.id();
      const expiresAt = iso(await previews.put(previewId, { act, targets }));
      const sample = targets.slice(0, SAMPLE).map((target) => target.id);
      return { kind: 'preview', previewId, count: targets.length, sample, byError, expiresAt, ...defined({ missing }) };
    },
  };
}

interface Begun {
  readonly id: string;
  /** Digest of the request, by which a repeat is recognised. */
  readonly request: string;
  readonly act: BulkAct;
  readonly targets: readonly object[];
  readonly missing?: readonly string[];
}

function may({ allowed }: BulkRequest, { action }: BulkAct): boolean {
  return allowed?.includes(action) ?? true;
}

/** What is left of a request without its other members. @throws FlowError `invalid_request` */
function actOf(request: BulkRequest): BulkAct {
  const act = Object.fromEntries(Object.entries(request).filter(([name]) => !BESIDE.has(name)));
  check('the action of bulk', bulkAct, act);
  return act as BulkAct;
}

const BESIDE: ReadonlySet<string> = new Set([
  'filter',
  'dryRun',
  'id',
  'ratePerSecond',
  'allowed',
  'actor',
  'verified',
  'claimed',
]);

/** @throws FlowError `invalid_request` */
function check(where: string, schema: Parameters<typeof problemOf>[0], value: unknown): void {
  const problem = problemOf(schema, value, where);
  if (problem !== undefined) throw new FlowError('invalid_request', problem);
}

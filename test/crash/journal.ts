/**
 * What the requests of the host say about its executions: which step of the protocol each one is, and whether the heads
 * keep the promises of the protocol from write to write.
 */
import { unpack } from '../../lib/adapters/dynamodb/item-layout.ts';
import type { Head } from '../../lib/engine/head.ts';
import { type Folded, unfoldItems } from '../../lib/engine/values/ranges/item-ranges.ts';
import { isQuiet, type Step, settled, stepsOf } from './steps.ts';

/** One parsed request. A head update may be several steps at once. */
export interface Seen {
  readonly steps: ReadonlySet<Step>;
  readonly executions: ReadonlySet<string>;
  readonly write?: HeadWrite;
  /** Bodies of the messages that it sends. */
  readonly messages?: readonly string[];
}

interface HeadWrite {
  readonly head: Head;
  readonly rev: number;
}

/** When an execution first reached these points (ms since the epoch). */
export interface Milestones {
  waiting?: number;
  /** Closed, without remaining work. */
  quiet?: number;
}

interface Known extends HeadWrite {
  /** Settled activations. */
  readonly left: Set<string>;
  readonly times: Milestones;
}

export interface Journal {
  /** The steps that a request is about to take. */
  read(target: string, body: string): Seen;
  /** Records that it was applied; received messages are known only now. */
  applied(seen: Seen, target: string, answer: string): Seen;
  head(executionId: string): Head | undefined;
  milestones(executionId: string): Milestones;
  /** Every message that the queue has accepted. */
  readonly messages: readonly string[];
  /** Violations, as text. */
  readonly problems: readonly string[];
}

type Wire = Readonly<Record<string, unknown>>;
type WireItem = Readonly<Record<string, { readonly S?: string; readonly N?: string; readonly B?: string }>>;

const NOTHING: Seen = { steps: new Set(), executions: new Set() };

export function createJournal(): Journal {
  const known = new Map<string, Known>();
  const receipts = new Map<string, string>();
  const messages: string[] = [];
  const problems: string[] = [];

  const one = (step: Step, ...executions: readonly string[]): Seen => ({
    steps: new Set([step]),
    executions: new Set(executions),
  });

  const readPut = (item: WireItem): Seen => {
    const [table, executionId = ''] = (item.pk?.S ?? '').split('#');
    if (table === 'x')
      return { ...one('start', executionId), write: { head: headIn(item.body), rev: number(item.rev) } };
    if (table === 'v') return one('value-write', executionId);
    return table === 's' ? one('stream-append', executionId) : NOTHING;
  };

  const readUpdate = (key: WireItem, values: WireItem): Seen => {
    const [table, executionId = ''] = (key.pk?.S ?? '').split('#');
    if (table === 'v') return one('drop', executionId);
    const before = known.get(executionId);
    if (table !== 'x' || !values[':body'] || !before || before.rev !== number(values[':seen'])) return NOTHING;
    const write = { head: headIn(values[':body']), rev: number(values[':rev']) };
    return { steps: stepsOf(before.head, write.head), executions: new Set([executionId]), write };
  };

  const note = ({ head, rev }: HeadWrite): void => {
    const before = known.get(head.id);
    const left = before?.left ?? new Set<string>();
    const complain = (problem: string) => problems.push(`${head.id} at revision ${rev}: ${problem}`);
    if (rev !== (before?.rev ?? 0) + 1) complain(`follows revision ${before?.rev ?? 'none'}`);
    if (before?.head.lifecycle === 'closed' && head.lifecycle !== 'closed') complain('reopened');
    for (const { id } of head.activations) if (left.has(id)) complain(`activation ${id} was settled before`);
    for (const { id } of settled(before?.head, head)) left.add(id);
    const accepted = head.ledger.filter((entry) => entry.kind === 'resume').map(({ id }) => id);
    if (new Set(accepted).size < accepted.length) complain('an interrupt was answered twice');
    const times = before?.times ?? {};
    if (head.interrupts.length > 0) times.waiting ??= Date.now();
    if (isQuiet(head)) times.quiet ??= Date.now();
    known.set(head.id, { head, rev, left, times });
  };

  return {
    messages,
    problems,
    head: (id) => known.get(id)?.head,
    milestones: (id) => known.get(id)?.times ?? {},
    read(target, text) {
      const [, operation = ''] = target.split('.');
      const body = JSON.parse(text) as Wire;
      const entries = (body.Entries ?? []) as readonly Readonly<Record<string, string>>[];
      if (operation === 'PutItem') return readPut(body.Item as WireItem);
      if (operation === 'UpdateItem')
        return readUpdate(body.Key as WireItem, body.ExpressionAttributeValues as WireItem);
      if (operation === 'SendMessageBatch') {
        const bodies = entries.map(({ MessageBody = '' }) => MessageBody);
        return { ...one('publish', ...bodies.map(executionIn)), messages: bodies };
      }
      if (operation !== 'DeleteMessageBatch') return NOTHING;
      return one('acknowledge', ...entries.map(({ ReceiptHandle = '' }) => receipts.get(ReceiptHandle) ?? ''));
    },
    applied(seen, target, answer) {
      if (seen.write) note(seen.write);
      messages.push(...(seen.messages ?? []));
      if (!target.endsWith('.ReceiveMessage')) return seen;
      const { Messages = [] } = JSON.parse(answer) as { Messages?: { ReceiptHandle: string; Body: string }[] };
      for (const { ReceiptHandle, Body } of Messages) receipts.set(ReceiptHandle, executionIn(Body));
      return Messages.length === 0 ? seen : one('receive', ...Messages.map(({ Body }) => executionIn(Body)));
    },
  };
}

function headIn(body: WireItem[string] = {}): Head {
  const value = body.B === undefined ? { S: body.S ?? '' } : { B: Buffer.from(body.B, 'base64') };
  return unfoldItems(JSON.parse(unpack(value)) as Folded);
}

function number(value: WireItem[string] | undefined): number {
  return Number(value?.N);
}

function executionIn(message: string): string {
  return (JSON.parse(message) as { executionId: string }).executionId;
}

/**
 * The history at the end of a schedule, compared with what the watch saw: no gaps, times in order, no attempt without its
 * beginning or with two ends, nothing that was not committed, every answer and every call of a host with its actor.
 */
import type { Head, ResumeEntry } from '../../../lib/engine/head.ts';
import type { HistoryRecord } from '../../../lib/engine/history/records.ts';
import { entriesIn } from '../../../lib/engine/outside/ledger.ts';
import { SIGNAL } from '../../../lib/engine/outside/waits.ts';
import { type Reading, recordsAfter } from '../../../lib/runtime/history/records-after.ts';
import type { Books } from '../watch/books.ts';
import type { Workload } from '../workloads/workload.ts';
import type { Stage } from '../world/stage.ts';

/** By then no worker holds a record any more (ms). */
const LATER = 60_000;

export async function checkHistories({ world, watch, stores }: Stage, { ids, flow, tasks }: Workload): Promise<void> {
  const reading: Reading = {
    ports: { clock: { now: () => world.now + LATER, sleep: async () => undefined }, history: stores.history },
    graphOf: ({ definition }) => (definition === undefined ? flow : (tasks?.compile(definition) ?? flow)).graph,
  };
  const reruns = [...watch.books.values()].filter(({ head }) => head.rerunFrom !== undefined);
  for (const id of new Set([...ids, ...reruns.map(({ head }) => head.id)])) {
    const books = watch.books.get(id);
    if (!books || books.head.gone || books.head.options.history === 'off') continue;
    const { head } = books;
    const { records } = await recordsAfter(reading, head, 0, Infinity);
    const violate = (problem: string) => world.violate('history', `${problem} in ${id}`);
    if (records.some(({ lost }) => lost)) world.reached('record by its stub');
    checkOrder(head, records, violate);
    // A fork goes on with sleeps and waits that began in its original, which may also have closed.
    const isCopy = head.rerunFrom === undefined && !records.some(({ type }) => type === 'started');
    if (!isCopy) checkAttempts(records, violate);
    // A stub does not tell who gave an answer that has left the ledger of the head.
    checkAnswers(entriesIn(head).filter(isGiven), records, violate);
    checkCalls(books, records, violate);
    const closed = records.filter(({ type }) => type === 'closed').length;
    if (closed === 0 && head.lifecycle === 'closed' && !isCopy && records.length > 0) violate('no end');
  }
}

type Violate = (problem: string) => void;

function checkOrder({ history }: Head, records: readonly HistoryRecord[], violate: Violate): void {
  const { n = 0 } = history ?? {};
  if (records.length !== n || records.some(({ seq }, i) => seq !== i + 1)) violate(`${records.length} of ${n} records`);
  for (const [i, { at, seq }] of records.entries()) if (at < (records[i - 1]?.at ?? 0)) violate(`${seq} is too early`);
}

const ENDS: readonly string[] = [
  'attempt_succeeded',
  'attempt_failed',
  'attempt_vanished',
  'attempt_aborted',
  'sleeping',
  'waiting',
];

function checkAttempts(records: readonly HistoryRecord[], violate: Violate): void {
  const open = new Set<string>();
  const asleep = new Set<string>();
  const begun = records.flatMap(({ type, activationId }) => (type === 'attempt_started' ? [activationId ?? ''] : []));
  for (const { type, activationId: id = '', attempt = 1, chunk, lost } of records) {
    const what = `attempt ${attempt} of ${chunk}`;
    if (type === 'attempt_started') {
      if (open.has(id)) violate(`${what} begins twice`);
      open.add(id);
    }
    if (!ENDS.includes(type)) continue;
    const isAwake = type === 'attempt_succeeded' && asleep.delete(id);
    if (type === 'sleeping') asleep.add(id);
    if (isAwake || open.delete(id)) continue;
    // Only the beginning of the id is known.
    const same = begun.filter((each) => each.startsWith(id) || id.startsWith(each));
    if (!lost && !same.some((each) => each !== id)) violate(`${what} ends as ${type} without a beginning`);
    if (same.length === 0) violate(`${what} never began`);
    for (const each of same) open.delete(each);
  }
}

/** Calls that name an actor. */
const NAMED: ReadonlySet<string | undefined> = new Set(['pause', 'unpause', 'due', 'close', 'cancel']);

/** Only a process that was hurt after its commit may leave a call without its actor. */
function checkCalls({ calls }: Books, records: readonly HistoryRecord[], violate: Violate): void {
  for (const { seq, type, action = type, actor } of records) {
    const process = calls.get(seq);
    if (!process || (type !== 'redriven' && !NAMED.has(action))) continue;
    if (actor === undefined && !process.hurt) violate(`nobody made the ${action} at ${seq}`);
  }
}

/** An answer that a caller gave; events end waits without one. */
function isGiven(entry: { readonly kind: string }): entry is ResumeEntry {
  const { kind, outcome, requestId = SIGNAL } = entry as ResumeEntry;
  return kind === 'resume' && outcome === 'accepted' && !requestId.startsWith(SIGNAL);
}

function checkAnswers(given: readonly ResumeEntry[], records: readonly HistoryRecord[], violate: Violate): void {
  const answered = records.filter(({ type }) => type === 'answered');
  const nameOf = ({
    actor,
    claimed,
    verified,
    requestId,
  }: Pick<Partial<ResumeEntry>, 'actor' | 'claimed' | 'verified' | 'requestId'>) =>
    `${requestId} by ${actor ?? claimed ?? 'nobody'}${verified ? ', verified' : ''}`;
  for (const entry of given) {
    const found = answered.filter(({ interruptId }) => interruptId === entry.id);
    const said = found.map((record) => nameOf(record));
    if (!said.includes(nameOf(entry))) violate(`the answer ${nameOf(entry)} to ${entry.id} is not in ${said.join()}`);
  }
}

/**
 * Runs the outbox of a head after its commit; the next commit clears the finished rows. Failed rows stay for the next
 * session.
 */
import type { FlowDataEvent, FlowEvent, StateOperation } from '../../engine/events.ts';
import type { FlowDataRow, Head, OutboxRow } from '../../engine/head.ts';
import { bytesOf } from '../../engine/values/pack.ts';
import { hears } from '../../engine/values/shared-data.ts';
import { refsOf } from '../../engine/values/value-refs.ts';
import { describeThrown } from '../../errors/errors.ts';
import type { Graph } from '../../flow/graph/graph.ts';
import type { Json } from '../../flow/json.ts';
import type { ExecutionRecord, Position } from '../../ports/execution-store.ts';
import type { Ports } from '../../ports/ports.ts';
import { MAX_ROW_BYTES } from '../../ports/value-store.ts';
import type { Parameters } from '../app/parameters.ts';
import { loadValue, partsNamedIn } from '../commit/values.ts';
import { listByAttribute } from '../shared/attribute-entries.ts';
import type { Made, SharedData } from '../shared/shared-data.ts';
import type { Exchange } from './exchange.ts';

/** Chunk name of stream items that the engine adds. */
export const SYSTEM_CHUNK = '$framework';

export interface OutboxOptions {
  readonly ports: Ports;
  readonly parameters: Parameters;
  readonly exchange: Exchange;
  readonly shared: SharedData;
  readonly graph: Graph;
}

export class Outbox {
  readonly #options: OutboxOptions;
  #done: ReadonlySet<string> = new Set();
  /** Events by which the execution itself observes its own writes, by row. */
  readonly #own = new Map<string, FlowDataEvent>();
  readonly #made = new Map<string, Made>();
  readonly #appended = new Set<string>();
  readonly #told = new Set<string>();
  readonly #reached = new Map<string, Position>();

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Whether finished rows must be cleared. */
  get hasDone(): boolean {
    return this.#done.size > 0;
  }

  /** Events for the next commit: own writes and cleared rows. */
  events(): readonly FlowEvent[] {
    const own = [...this.#done].map((id) => this.#own.get(id)).filter((event) => event !== undefined);
    return [...own, { type: 'clear', ids: [...this.#done] }];
  }

  /** Applies shared writes and appends stream items, before later chunks may read or append. */
  async make(head: Head): Promise<void> {
    await this.#attempt(head, 'stream items not appended', () => this.#append(head));
    const rows = head.outbox.filter((row) => row.kind === 'flowData').filter((row) => !this.#made.has(row.id));
    for (const flow of new Set(rows.map((row) => row.flow))) {
      const ofFlow = rows.filter((row) => row.flow === flow);
      await this.#attempt(head, 'flowData not written', () => this.#makeOf(head, flow, ofFlow));
    }
  }

  /** Appends all rows in order; rows that another session appended are skipped by id. */
  async #append(head: Head): Promise<void> {
    const { ports } = this.#options;
    const rows = head.outbox.filter((row) => row.kind === 'stream').filter((row) => !this.#appended.has(row.id));
    if (rows.length === 0) return;
    const items = await Promise.all(
      rows.map(async ({ id, item, payload }) => ({
        id,
        chunk: SYSTEM_CHUNK,
        attempt: 1,
        item: fit({ ...item, payload: await loadValue(ports.values, head, payload) }),
      })),
    );
    await ports.streams.append({ executionId: head.id, inc: head.inc }, items);
    for (const { id } of rows) this.#appended.add(id);
  }

  async #makeOf(head: Head, flow: string, rows: readonly FlowDataRow[]): Promise<void> {
    const { ports, shared } = this.#options;
    const writes = await Promise.all(
      rows.map(async ({ id, operation }) => ({
        id,
        operation: (await loadValue(ports.values, head, operation)) as unknown as StateOperation,
      })),
    );
    const asked = async (): Promise<ReadonlySet<string>> => {
      const now = (await ports.executions.load(head.id))?.head;
      const there = now?.inc === head.inc ? now.outbox.filter((row) => row.kind === 'flowData') : [];
      return new Set(there.map((row) => row.id));
    };
    for (const [id, made] of await shared.make(flow, writes, asked)) {
      this.#made.set(id, made);
      if ('refused' in made)
        ports.log.error('flowData refused', { executionId: head.id, ...describeThrown(made.refused) });
    }
  }

  /** Runs the other rows. Notifications of other executions stop at `until` (ms since the epoch). */
  async flush(record: ExecutionRecord, until: number): Promise<void> {
    const { head } = record;
    const done = new Set<string>();
    const finish = (row: OutboxRow) =>
      this.#attempt(head, NOT_DONE[row.kind], async () => {
        if (this.#done.has(row.id) || (await this.#doRow(record, row, until))) done.add(row.id);
      });
    // Providers are slow: announced concurrently, so that the lease does not end in between.
    await Promise.all(head.outbox.filter(isConcurrent).map(finish));
    for (const row of head.outbox) if (!isConcurrent(row)) await finish(row);
    this.#done = done;
  }

  async #doRow(record: ExecutionRecord, row: OutboxRow, until: number): Promise<boolean> {
    const { head } = record;
    const { ports, parameters, shared } = this.#options;
    switch (row.kind) {
      case 'drop': {
        const owner = { executionId: head.id, inc: head.inc };
        // A dropped index of a list is kept until its time: a repeat of this row still finds the parts.
        const lists = row.lists ? await ports.values.get(owner, row.lists) : new Map<string, Json>();
        // Items in work may still use parts that only the index named. They are dropped when no item uses them any more.
        const used = lists.size > 0 ? refsOf(head) : new Set<string>();
        const inLists = partsNamedIn([...lists.values()]).filter((ref) => !used.has(ref));
        const refs = [...row.refs, ...inLists];
        await ports.values.drop(owner, refs, ports.clock.now() + parameters.dropAfter);
        return true;
      }
      case 'announce': {
        // Announced once per session: an unacknowledged announcement is repeated by the next session, not at each
        // commit.
        if (this.#told.has(row.id)) return false;
        this.#told.add(row.id);
        return this.#options.exchange.announce(head, row);
      }
      case 'attribute':
        await listByAttribute(ports, record, row);
        return true;
      case 'stream':
        return this.#appended.has(row.id);
      case 'flowDataDone':
        await shared.forget(row.flow, [row.operationId]);
        return true;
      case 'flowData': {
        const made = this.#made.get(row.id);
        if (!made) return false;
        return 'refused' in made || this.#tell(head, row, made.value, until);
      }
    }
  }

  async #tell(head: Head, { id, flow, key }: FlowDataRow, value: Json, until: number): Promise<boolean> {
    const event: FlowDataEvent = { type: 'flowData', id, key, value };
    if (flow === head.flow && hears(this.#options.graph, key)) this.#own.set(id, event);
    const from = this.#reached.get(id);
    const rest = await this.#options.shared.tell(flow, event, { except: head.id, until, ...(from ? { from } : {}) });
    if (rest) this.#reached.set(id, rest);
    return rest === undefined;
  }

  async #attempt(head: Head, what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#options.ports.log.warn(what, { executionId: head.id, ...describeThrown(error) });
    }
  }
}

function isConcurrent({ kind }: OutboxRow): boolean {
  return kind === 'announce' || kind === 'attribute';
}

const NOT_DONE: Readonly<Record<OutboxRow['kind'], string>> = {
  drop: 'values not dropped',
  stream: 'stream items not appended',
  announce: 'wait not announced',
  flowData: 'flowData notification failed',
  flowDataDone: 'flowData id not forgotten',
  attribute: 'attribute not listed',
};

/**
 * A payload of maximum size leaves no room for the rest of the stream item. It is omitted here and readable at the wait
 * itself.
 */
function fit(item: { readonly [key: string]: Json }): Json {
  return bytesOf(item) > MAX_ROW_BYTES ? { ...item, payload: null } : item;
}

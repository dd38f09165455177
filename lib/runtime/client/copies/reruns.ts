/**
 * Rerun: a copy that begins at one activation, with the state and joins that were committed before it. What else was in
 * work is not in the copy.
 */
import { defined } from '../../../defined.ts';
import type { Head, LedgerEntry, Value } from '../../../engine/head.ts';
import type { Cut, HistoryRecord } from '../../../engine/history/records.ts';
import { attributionOf } from '../../../engine/outside/attribution.ts';
import { reduce } from '../../../engine/reduce.ts';
import { withoutContents } from '../../../engine/time/empty-head.ts';
import { NO_LOOKUPS } from '../../../engine/transition.ts';
import { firstAttributes } from '../../../engine/values/attributes.ts';
import { literal } from '../../../engine/values/value-refs.ts';
import { FlowError } from '../../../errors/errors.ts';
import type { AnyFlow } from '../../../flow/authoring/flow.ts';
import { checkJson, digest, type Json } from '../../../flow/json.ts';
import { activationId } from '../../../flow/options/calls.ts';
import { problemOf } from '../../../flow/options/check.ts';
import type { Ports } from '../../../ports/ports.ts';
import type { App } from '../../app/app.ts';
import { checkId, checkSize } from '../../app/checks/checks.ts';
import { validate } from '../../app/contracts/contract.ts';
import { flowOf, loadReadable } from '../../app/definitions.ts';
import { spaceOf } from '../../chunk/workspace.ts';
import type { PutFirstHead } from '../../commit/first-head.ts';
import type { Apply } from '../../commit/outside-events.ts';
import { loadAll } from '../../commit/values.ts';
import { ownerOf } from '../../history/blocks.ts';
import { beginningOf, type Committed, restore } from '../../history/committed.ts';
import { readingOf } from '../../history/reader.ts';
import { checkOptions } from '../call-options.ts';
import type { Client, RerunAnswer } from '../types.ts';

interface RerunTools {
  readonly putFirstHead: PutFirstHead;
  readonly apply: Apply;
}

export function createReruns(app: App, ports: Ports, { putFirstHead, apply }: RerunTools): Pick<Client, 'rerun'> {
  const reading = readingOf(app, ports);

  /** The copy that an earlier call with this id made. @throws FlowError `execution_conflict` */
  const made = async (id: string, executionId: string, rerunFrom: Head['rerunFrom']): Promise<boolean> => {
    const there = await loadReadable(ports, id);
    if (!there) return false;
    const { head } = there;
    const isSame =
      head.rerunFrom?.activation === rerunFrom?.activation && head.rerunFrom?.inputHash === rerunFrom?.inputHash;
    if (head.forkedFrom === executionId && isSame) return true;
    throw new FlowError(
      'execution_conflict',
      `Execution ${id} already exists, and is no such rerun of ${executionId}. Use another id.`,
    );
  };

  const begin = async (source: Head, from: string, given: Json | undefined) => {
    const flow = flowOf(app, { head: source });
    const { history } = source.options;
    if (history !== undefined) {
      throw unavailable(source, `its history is '${history}', so nothing was kept. Set history: 'full' for the flow`);
    }
    const found = await beginningOf(reading, source, from);
    if (found === 'none') return undefined;
    const { record, committed } = checkBeginning(source, from, found);
    const input = given === undefined ? await whole(source, record.input) : literal(checkInput(flow, record, given));
    if (!input) throw unavailable(source, `the input of activation ${from} was not kept. Give another input`);
    const { state, joins } = await contents(source, committed);
    return { flow, record, input, state, joins };
  };

  const contents = async (source: Head, committed: Committed) => {
    const cuts = new Map<Value | Cut, Value>();
    for (const value of [
      ...Object.values(committed.state),
      ...committed.joins.flatMap(({ slots }) => Object.values(slots)),
    ]) {
      const kept = await whole(source, value);
      if (kept) cuts.set(value, kept);
    }
    return restore(committed, (value) => {
      const kept = cuts.get(value);
      if (!kept) throw unavailable(source, 'a value of its state was not kept');
      return kept;
    });
  };

  /** The value that a record has shortened. `undefined`: only its beginning is known. */
  const whole = async (source: Head, value: Value | Cut | undefined): Promise<Value | undefined> => {
    if (!value || !('cut' in value)) return value;
    const { ref, bytes, isValue } = value;
    if (ref === undefined || !isValue) return ref === undefined ? undefined : { ref, bytes };
    return (await ports.values.get(ownerOf(source), [ref])).get(ref) as unknown as Value | undefined;
  };

  return {
    async rerun(executionId, options) {
      checkOptions('rerun', options);
      const { id: chosen, from, input, ...caller } = options;
      const problem = problemOf(activationId, from, 'from of rerun');
      if (problem !== undefined) throw new FlowError('invalid_request', problem);
      const id = checkId(chosen ?? ports.entropy.id());
      const given = input === undefined ? undefined : checkSize(checkJson(input, 'input'), 'input');
      const rerunFrom = { activation: from, ...(given === undefined ? {} : { inputHash: digest(given) }) };
      const by = attributionOf(caller);
      const tell = async (kind: 'rerun' | 'exists'): Promise<RerunAnswer> => {
        await noteIn(executionId, { type: 'rerunMade', id, activation: from, ...by });
        return { kind, executionId: id };
      };
      const noteIn = async (...[at, event]: Parameters<Apply>) => {
        try {
          await apply(at, event);
        } catch (error) {
          // The copy is made, and outlives the execution that it was made from.
          if (!FlowError.is(error) || !GONE.has(error.code)) throw error;
        }
      };
      if (chosen !== undefined && (await made(id, executionId, rerunFrom))) return tell('exists');
      const source = (await loadReadable(ports, executionId))?.head;
      const begun = source && (await begin(source, from, given));
      if (!begun) return { kind: 'unknown' };
      const { flow, record, ...parts } = begun;
      const before = source.spilled > 0 ? await ports.ledger.list(ownerOf(source)) : [];
      const isBefore = (entry: LedgerEntry) => entry.at <= record.at;
      const spilled = before.filter(isBefore);
      const { input: first, ...kept } = parts;
      const empty: Head = {
        ...copyOf(source, { id, inc: ports.entropy.id(), now: ports.clock.now() }),
        ...kept,
        rerunFrom,
        ledger: source.ledger.filter(isBefore),
        spilled: spilled.length,
      };
      const { node = '', began = {} } = record;
      const event = { type: 'rerun', from: executionId, activation: from, node, input: first, began, ...by } as const;
      const { head } = reduce(flow.graph, empty, [event], ports.clock.now(), NO_LOOKUPS);
      const stored = await loadAll(ports.values, { ...structuredClone(head), ...ownIds(source) });
      if (!stored) throw unavailable(source, 'a value that was committed before it is deleted');
      const prepare = async () => {
        if (spilled.length > 0) await ports.ledger.put(ownerOf(head), spilled);
      };
      const put = await putFirstHead(head, { stored: new Map(Object.entries(stored)), prepare });
      if (put.kind === 'created') return tell('rerun');
      await made(id, executionId, rerunFrom);
      return tell('exists');
    },
  };
}

const GONE: ReadonlySet<string> = new Set(['erased', 'retention_over']);

/** @throws FlowError `rerun_unavailable` */
function checkBeginning(
  source: Head,
  from: string,
  found: Exclude<Awaited<ReturnType<typeof beginningOf>>, 'none'>,
): { readonly record: HistoryRecord; readonly committed: Committed } {
  if (found === 'later') {
    throw unavailable(source, `the record of activation ${from} is not stored yet. Ask again in 15 seconds`);
  }
  const { record, committed } = found;
  const { path, items, base } = record;
  if (committed) return { record, committed };
  if (path)
    throw unavailable(
      source,
      `activation ${from} is in sub-flow "${path.join('/')}". Begin at an activation before it`,
    );
  if (items !== undefined) {
    throw unavailable(
      source,
      `activation ${from} belongs to item ${items} of a list. Begin at an activation before the list`,
    );
  }
  if (base === undefined) {
    throw unavailable(
      source,
      `activation ${from} is inside an operator, or its beginning was not kept: its worker vanished, or did not hear that its commit was stored. Begin at an activation outside operators`,
    );
  }
  throw unavailable(
    source,
    `what was committed before activation ${from} is not known: a worker vanished, did not hear that its commit was stored, or ran an earlier version. Begin at another activation`,
  );
}

/** An input for the start of a flow has its contract. Other chunks declare none. */
function checkInput({ graph, contract }: AnyFlow, { node }: HistoryRecord, input: Json): Json {
  const isEntry = graph.entry.some((target) => 'node' in target && target.node === node);
  const nodes = Object.values(graph.nodes).flatMap(({ out }) => out);
  const listeners = [graph.on, graph.after, graph.onState, graph.onFlowData].flatMap((all) =>
    Object.values(all ?? {}).flat(),
  );
  const isElsewhere = [...nodes, ...listeners].some((target) => 'node' in target && target.node === node);
  return isEntry && !isElsewhere ? validate(contract.input, input, 'input', 'invalid_input') : input;
}

/** The new execution before its first activation: what its start and its hosts decided. Files stay in their space. */
function copyOf(
  source: Head,
  { id, inc, now }: { readonly id: string; readonly inc: string; readonly now: number },
): Head {
  const { format, flow, fingerprint, definition, inputHash, input, options, attributes, requirements, startedBy } =
    source;
  const space = options.workspace === undefined ? spaceOf(source) : undefined;
  return {
    format,
    id,
    inc,
    flow,
    fingerprint,
    ...defined({ definition, input, requirements, startedBy, space }),
    inputHash,
    options,
    ...withoutContents(),
    ...firstAttributes(attributes),
    lifecycle: 'open',
    createdAt: now,
    forkedFrom: source.id,
    correlatedBy: source.correlatedBy ?? source.id,
    fence: 0,
  };
}

function ownIds({ id, inc }: Head): Pick<Head, 'id' | 'inc'> {
  return { id, inc };
}

function unavailable({ id }: Head, why: string): FlowError {
  return new FlowError('rerun_unavailable', `Execution ${id} cannot be rerun from there: ${why}.`);
}

/**
 * A chunk's view of shared data. At the top level it shows, in this order: the stored data, committed writes of this
 * execution that are still in the outbox, and the attempt's own writes. In a sub-flow it shows the frame's captured
 * copy. Own writes are committed with the outcome.
 */
import type { StateOperation } from '../../engine/events.ts';
import type { ScopeId } from '../../engine/head.ts';
import { readPath, splitPath } from '../../engine/values/state-writes.ts';
import { FlowError } from '../../errors/errors.ts';
import type { FlowData, FlowDataReader, SharedOptions } from '../../flow/authoring/facilities.ts';
import type { Json } from '../../flow/json.ts';
import type { Ports } from '../../ports/ports.ts';
import { checkPath } from '../app/checks/checks.ts';
import { warnShared } from '../app/warn.ts';
import { applyShared, sharedWrites } from '../shared/shared-writes.ts';
import type { Operations } from './effects.ts';
import type { StateSource } from './state.ts';

export interface FlowDataSource extends StateSource {
  readonly ports: Pick<Ports, 'flowData' | 'log'>;
}

type Read = (key: string) => Promise<Json | undefined>;

/** Read-only view, for predicates. `read` returns the value of a whole key. */
export function createFlowDataReader(source: FlowDataSource, read: Read = committedIn(source)): FlowDataReader {
  return {
    async get(path, options) {
      warn(source, options);
      const { key, steps } = checkPath(path, 'flowData');
      return readPath(await read(key), steps);
    },
  };
}

export function createChunkFlowData(source: FlowDataSource, operations: Operations): FlowData {
  const committed = committedIn(source);

  const current: Read = async (key) => {
    const own = operations.flowData.filter((write) => splitPath(write.path).key === key);
    return own.reduce<Json | undefined>(applyShared, await committed(key));
  };

  const reader = createFlowDataReader(source, current);
  return {
    get: (path, options) => operations.read(() => reader.get(path, options)),
    ...sharedWrites((path, make, options: SharedOptions | undefined) => {
      warn(source, options);
      return operations.perform('flowData', path, make, async (operation) => {
        applyShared(await current(splitPath(path).key), operation);
        operations.flowData.push(operation);
      });
    }),
  };
}

function warn({ ports, flow }: FlowDataSource, options: SharedOptions | undefined): void {
  if (!options?.noWarning) warnShared(ports.log, flow.name);
}

/** The stored data, plus writes that this execution committed and that are not applied yet. */
function committedIn(source: FlowDataSource): Read {
  const { ports, flow, home } = source;

  /** In a sub-flow: captured values with the committed writes of its chunks. */
  const inView = async (key: string, at: ScopeId): Promise<Json | undefined> => {
    const frame = (await source.head()).frames[at];
    const view = (frame?.kind === 'child' && frame.shared) || {};
    const value = Object.hasOwn(view, key) ? view[key] : undefined;
    return value && source.read(value);
  };

  return async (key) => {
    if (home !== undefined) return inView(key, home);
    const { data, operations: made } = await ports.flowData.load(flow.name);
    const { outbox } = await source.head();
    let value = Object.hasOwn(data, key) ? data[key] : undefined;
    for (const row of outbox) {
      if (row.kind !== 'flowData' || row.flow !== flow.name || row.key !== key || made.includes(row.id)) continue;
      const operation = (await source.read(row.operation)) as unknown as StateOperation;
      value = unlessRefused(value, operation);
    }
    return value;
  };
}

/** Skips a committed write that no longer fits; the store will refuse it too. */
function unlessRefused(value: Json | undefined, operation: StateOperation): Json | undefined {
  try {
    return applyShared(value, operation);
  } catch (error) {
    if (FlowError.is(error)) return value;
    throw error;
  }
}

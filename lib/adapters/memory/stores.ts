/** Stores in memory, for tests and local runs. All rows are JSON text, so no object is shared with the caller. */
import type { LedgerEntry } from '../../engine/head.ts';
import type { Json } from '../../flow/json.ts';
import { entryId, type LedgerStore, ledgerKey } from '../../ports/ledger-store.ts';
import type { Stores } from '../../ports/ports.ts';
import type { NewStreamItem, StreamItem, StreamStore } from '../../ports/stream-store.ts';
import type { Clock } from '../../ports/system.ts';
import { MAX_VALUE_BYTES, type Owner, type ValueStore } from '../../ports/value-store.ts';
import { checkId, ownerKey, sizedText, streamItemText } from '../encoding.ts';
import { createMemoryArtifacts } from './artifacts.ts';
import { createMemoryAttributes } from './attributes.ts';
import { createMemoryExecutions } from './executions.ts';
import { createMemoryFlowData } from './flow-data.ts';
import { createMemoryHistory } from './history.ts';

export type MemoryStores = Stores;

/** @param options.clock deletes dropped values at their time; without a clock they are kept */
export function createMemoryStores(options: { readonly clock?: Pick<Clock, 'now'> } = {}): MemoryStores {
  return {
    executions: createMemoryExecutions(),
    values: createMemoryValues(options.clock),
    ledger: createMemoryLedger(),
    streams: createMemoryStreams(),
    flowData: createMemoryFlowData(),
    artifacts: createMemoryArtifacts(),
    history: createMemoryHistory(),
    attributes: createMemoryAttributes(),
  };
}

function createMemoryValues(clock: Pick<Clock, 'now'> | undefined): ValueStore {
  const rows = new Map<string, string>();
  /** When rows expire, in the order of their drops. */
  const dropped = new Map<string, number>();
  const keyOf = (owner: Owner, ref: string) => `${ownerKey(owner)}#${checkId(ref, 'value ref')}`;
  const remove = (key: string) => {
    rows.delete(key);
    dropped.delete(key);
  };
  const isExpired = (expiresAt = Infinity) => clock !== undefined && expiresAt <= clock.now();
  const find = (key: string) => {
    if (isExpired(dropped.get(key))) remove(key);
    return rows.get(key);
  };
  /** A dropped row is not asked for again, so its expiry is looked for here. */
  const removeExpired = () => {
    for (const [key, expiresAt] of dropped) {
      if (!isExpired(expiresAt)) return;
      remove(key);
    }
  };
  return {
    async put(owner, values) {
      const texts = Array.from(values, ([ref, value]) => ({
        key: keyOf(owner, ref),
        text: sizedText(value, MAX_VALUE_BYTES, `Value ${ref}`),
      }));
      for (const { key, text } of texts) if (find(key) === undefined) rows.set(key, text);
    },
    async get(owner, refs) {
      const found = new Map<string, Json>();
      for (const ref of refs) {
        const text = find(keyOf(owner, ref));
        if (text !== undefined) found.set(ref, JSON.parse(text) as Json);
      }
      return found;
    },
    async drop(owner, refs, expiresAt) {
      removeExpired();
      for (const key of refs.map((ref) => keyOf(owner, ref))) if (find(key) !== undefined) dropped.set(key, expiresAt);
    },
    async erase(owner) {
      erase(dropped, `${ownerKey(owner)}#`);
      return erase(rows, `${ownerKey(owner)}#`);
    },
  };
}

function createMemoryLedger(): LedgerStore {
  const rows = new Map<string, Map<string, string>>();
  return {
    async put(owner, entries) {
      for (const entry of entries) {
        const key = `${ownerKey(owner)}#${ledgerKey(entry)}`;
        const ofKey = rows.get(key) ?? new Map<string, string>();
        ofKey.set(entryId(entry), JSON.stringify(entry));
        rows.set(key, ofKey);
      }
    },
    async get(owner, key) {
      const ofKey = rows.get(`${ownerKey(owner)}#${key}`) ?? new Map<string, string>();
      return Array.from(ofKey.values(), (text) => JSON.parse(text) as LedgerEntry).sort((a, b) => a.at - b.at);
    },
    async list(owner) {
      const own = [...rows].filter(([key]) => key.startsWith(`${ownerKey(owner)}#`));
      const texts = own.flatMap(([, ofKey]) => [...ofKey.values()]);
      return texts.map((text) => JSON.parse(text) as LedgerEntry).sort((a, b) => a.at - b.at);
    },
    erase: async (owner) => erase(rows, `${ownerKey(owner)}#`),
  };
}

function erase(rows: Map<string, unknown>, prefix: string): 'erased' {
  for (const key of rows.keys()) if (key.startsWith(prefix)) rows.delete(key);
  return 'erased';
}

interface Stream {
  readonly ids: Set<string>;
  readonly texts: string[];
  ended: boolean;
}

function createMemoryStreams(): StreamStore {
  const streams = new Map<string, Stream>();
  const open = (owner: Owner): Stream => {
    const stream = streams.get(ownerKey(owner)) ?? { ids: new Set(), texts: [], ended: false };
    streams.set(ownerKey(owner), stream);
    return stream;
  };
  return {
    async append(owner, items) {
      const texts = items.map((item) => streamItemText(item));
      const stream = open(owner);
      if (stream.ended) return items.every(({ id }) => stream.ids.has(id)) ? 'appended' : 'ended';
      items.forEach(({ id }, i) => {
        if (stream.ids.has(id)) return;
        stream.ids.add(id);
        stream.texts.push(texts[i] ?? '');
      });
      return 'appended';
    },
    async end(owner) {
      open(owner).ended = true;
    },
    async hasEnded(owner) {
      return streams.get(ownerKey(owner))?.ended === true;
    },
    async read(owner, after, limit) {
      const texts = streams.get(ownerKey(owner))?.texts.slice(after, after + limit) ?? [];
      return texts.map((text, i): StreamItem => ({ ...(JSON.parse(text) as NewStreamItem), seq: after + i + 1 }));
    },
    async erase(owner) {
      streams.delete(ownerKey(owner));
      return 'erased';
    },
  };
}

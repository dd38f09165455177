/** The starts of chains: the sources that `when` listens to. */

import type { ChunkRegister } from '../authoring/chunk-register.ts';
import type { Contract } from '../authoring/flow.ts';
import { checkName, invalid, oneOf } from '../checks/definition.ts';
import type { NodeId } from '../graph/graph.ts';
import { digest } from '../json.ts';
import type { AnyChunk } from '../pipe/chunk-types.ts';
import { createPoint, type Level, type Point, sharedPoint } from './points.ts';

export type Listened =
  | string
  | AnyChunk
  | { readonly state: string }
  | { readonly flowData: string }
  | { readonly collect: string };

export type SourceKind = 'signal' | 'chunk' | 'state' | 'flowData' | 'collect';

export interface Source {
  readonly kind: SourceKind;
  readonly name: string;
}

export interface JoinRoot {
  readonly mode: 'and' | 'or';
  readonly sources: readonly Source[];
  readonly point: Point;
}

interface Surroundings {
  readonly flow: string;
  readonly contract: Contract;
  readonly register: ChunkRegister;
  readonly level: Level;
  /** In characters. A join whose source names are longer in total has their digest in its id instead. */
  readonly longestLabel: number;
}

/** The points where chains of one flow start. Equal sources share one point. */
export class Roots {
  readonly points: Readonly<Record<SourceKind, Map<string, Point>>>;
  readonly joins = new Map<NodeId, JoinRoot>();
  private readonly around: Surroundings;

  constructor(around: Surroundings) {
    this.around = around;
    this.points = {
      signal: new Map(),
      chunk: new Map(),
      state: new Map(),
      flowData: new Map(),
      // collect() and when() of one collection continue from the same point.
      collect: around.level.collections,
    };
  }

  /** @throws FlowError `definition_invalid` for an unknown source or mode, or two sources with one name */
  when(what: Listened | readonly Listened[], options: { readonly mode?: string } = {}): Point {
    const mode = oneOf('mode of when()', options.mode ?? 'and', ['and', 'or']);
    const sources = (isList(what) ? what : [what]).map((each) => this.source(each));
    const [first] = sources;
    if (!first) throw invalid('when() needs at least one signal, chunk, state or flowData key, or collection.');
    if (sources.length === 1) return sharedPoint(this.points[first.kind], first.name, this.around.level);
    return this.join(mode, sources);
  }

  private join(mode: 'and' | 'or', unordered: readonly Source[]): Point {
    const sources = unordered.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const twice = sources.find(({ name }, i) => sources[i - 1]?.name === name);
    if (twice) throw invalid(`when() lists "${twice.name}" twice. Names become keys of the value: use each name once.`);
    const label = sources.map(labelOf).join('+');
    const name = label.length > this.around.longestLabel ? `#${digest(label)}` : label;
    const id = `${mode === 'and' ? 'when' : 'or'}:${name}`;
    const root = this.joins.get(id) ?? { mode, sources, point: createPoint(this.around.level) };
    this.joins.set(id, root);
    return root.point;
  }

  private source(what: Listened): Source {
    const { flow, contract, register } = this.around;
    if (typeof what === 'string') {
      checkName('signal', what);
      if (contract.signals && !Object.hasOwn(contract.signals, what)) {
        throw invalid(`Signal "${what}" is not declared. Add it to the signals of flow "${flow}".`);
      }
      return { kind: 'signal', name: what };
    }
    if (typeof what !== 'object' || what === null)
      throw invalid(
        `when() cannot listen to ${String(what)}. Pass a signal name, a chunk, { state }, { flowData } or { collect }.`,
      );
    if ('state' in what) {
      checkName('state key', what.state);
      if (contract.state && !Object.hasOwn(contract.state, what.state)) {
        throw invalid(`State key "${what.state}" is not declared, so nothing can write it. Add it to flow "${flow}".`);
      }
      return { kind: 'state', name: what.state };
    }
    if ('flowData' in what) {
      checkName('flowData key', what.flowData);
      return { kind: 'flowData', name: what.flowData };
    }
    if ('collect' in what) {
      checkName('collection', what.collect);
      return { kind: 'collect', name: what.collect };
    }
    return { kind: 'chunk', name: register.nameOf(what) };
  }
}

/** The id prefix of the operators in a source's chain. */
export function rootId({ kind, name }: Source): string {
  return `${kind === 'chunk' ? 'after' : kind}:${name}`;
}

function labelOf({ kind, name }: Source): string {
  return kind === 'signal' ? name : `${kind}:${name}`;
}

function isList(what: Listened | readonly Listened[]): what is readonly Listened[] {
  return Array.isArray(what);
}

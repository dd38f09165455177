/** The shape of a case file, format `tf-golden/1`. See README.md. */
import type { Json } from '../../lib/index.ts';

export type { Json } from '../../lib/index.ts';
export interface JsonObject {
  readonly [key: string]: Json;
}

/** An operation of a chunk's program. */
export type Op = { readonly op: string } & JsonObject;

/** A step of a chain. */
export type Step = { readonly op: string } & JsonObject;

export interface Chain {
  readonly when?: Json;
  readonly mode?: string;
  readonly steps: readonly Step[];
}

export interface FlowCase {
  readonly name?: string;
  readonly skip_exceptions?: boolean;
  readonly wire_times?: number;
  readonly resource_requirements?: readonly JsonObject[];
  readonly flow_resources?: JsonObject;
  readonly chains: readonly Chain[];
}

/** One host action. */
export interface Action {
  readonly do: string;
  readonly ex?: string;
  readonly as?: string;
  readonly settle?: boolean;
  readonly expect_error?: boolean;
  readonly [field: string]: Json | undefined;
}

export interface PendingSeen {
  readonly id?: string;
  readonly type: string;
  readonly payload: Json;
  readonly resume_to: Json;
}

export interface After {
  readonly status: string;
  readonly lifecycle: string;
  readonly pending: readonly PendingSeen[];
  readonly state: Json;
  readonly interventions?: Json;
}

export interface StepSeen {
  readonly do: string;
  readonly ok: boolean;
  readonly error?: { readonly code: string; readonly message?: string };
  readonly warnings?: readonly string[];
  readonly return?: JsonObject;
  readonly after?: After;
}

export interface ResultSeen {
  readonly state: Json;
  readonly final_result?: Json;
  readonly interventions?: Json;
  readonly meta?: { readonly lifecycle_state?: string };
}

export interface StreamSeen {
  readonly producer: string;
  readonly item: Json;
}

interface Outcome {
  readonly steps: readonly StepSeen[];
  readonly close_snapshot: Json;
  readonly result?: ResultSeen;
  readonly other_states?: JsonObject;
  readonly max_parallel?: { readonly [chunk: string]: number };
}

/** The recording of the original. */
export interface Expectation extends Outcome {
  readonly runs: {
    readonly sequence: readonly (readonly [chunk: string, input: Json])[];
    readonly ordering: 'total' | 'partial';
    readonly happens_before?: readonly (readonly [before: string, after: string])[];
  };
  readonly stream: {
    readonly ordering: 'total' | 'per-producer' | 'multiset';
    readonly items: readonly StreamSeen[];
  };
  readonly unordered?: readonly string[];
  readonly schedule_dependent?: readonly string[];
}

/** One run of a chunk on a clock of its own; without `end` it never finished. */
export interface Run {
  readonly chunk: string;
  readonly input: Json;
  readonly start: number;
  end?: number;
}

/** The observations of this engine. */
export interface Observation extends Outcome {
  readonly runs: readonly Run[];
  readonly stream: readonly StreamSeen[];
}

export interface Invariant {
  readonly step_fails?: number;
  readonly run_count?: { readonly [chunk: string]: number };
  readonly stream_excludes?: readonly Json[];
  readonly state_list_contains?: JsonObject;
}

export interface Case {
  readonly format: string;
  readonly name: string;
  readonly conformance: { readonly level: 'must' | 'impl-defined' | 'defect'; readonly note?: string };
  readonly chunks: { readonly [chunk: string]: readonly Op[] };
  readonly flow: FlowCase;
  readonly flows?: { readonly [name: string]: FlowCase };
  readonly script: readonly Action[];
  readonly expected: Expectation;
  readonly intended?: Expectation;
  readonly invariants?: readonly Invariant[];
  readonly compare?: { readonly ignore?: readonly string[] };
  readonly record_parallel?: readonly string[];
  readonly compare_state_of?: readonly string[];
}

/** An error with a code of the format. */
export class GoldenError extends Error {
  readonly code: string;

  constructor(code: string, message = code) {
    super(message);
    this.code = code;
  }
}

/** The case needs a feature that this engine lacks. */
export class NotBuilt extends Error {
  readonly what: string;

  constructor(what: string) {
    super(`not built: ${what}`);
    this.what = what;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Canonical JSON: sorted keys, no spaces. */
export function canon(value: unknown): string {
  if (value === undefined) return 'undefined';
  if (Array.isArray(value)) return `[${value.map(canon).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canon(value[key])}`).join(',')}}`;
}

export function text(value: Json | undefined, what: string): string {
  if (typeof value === 'string') return value;
  throw new Error(`case: ${what} is no text but ${canon(value)}`);
}

export function list<T extends Json>(value: Json | undefined): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : [];
}

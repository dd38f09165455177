/** Answers of the API. Parts that older stages do not send are optional. */
import type { Graph } from '../../flow/graph/graph.ts';
import type { Json } from '../../flow/json.ts';
import type { Schema } from '../../forms/fields.ts';
import type { ExecutionSummary, ExecutionView, InterruptView } from '../../runtime/client/types.ts';

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly cursor?: string;
}

export interface FlowItem {
  readonly flow: string;
  /** Absent: a task flow, whose graph comes with the start. */
  readonly fingerprint?: string;
  readonly kinds?: readonly { readonly kind: string; readonly sideEffect: boolean }[];
}

export interface Contract {
  readonly input: Schema | null;
  readonly state: Readonly<Record<string, Schema>> | null;
  readonly signals: Readonly<Record<string, Schema>> | null;
  readonly stream: Schema | null;
  readonly result: Schema | null;
  readonly resources: readonly string[];
}

export interface ScheduleItem {
  readonly id: string;
  readonly cron?: string;
  readonly rate?: string;
  readonly timezone?: string;
}

export interface Definition {
  readonly flow: string;
  readonly fingerprint: string;
  readonly graph: Graph;
  readonly contract: Contract;
  readonly resumes: Readonly<Record<string, Schema>>;
  readonly predicates: Readonly<Record<string, string>>;
  readonly schedules?: readonly ScheduleItem[];
  readonly mermaid?: string;
}

export type Summary = ExecutionSummary;

/** One wait, as `GET /executions/{id}/interrupts/{interruptId}` shows it. */
export interface Wait extends InterruptView {
  readonly outcome?: string;
  readonly schema?: Schema;
  readonly resolvedAt?: string;
  readonly resolvedBy?: string | null;
  readonly callbackUrl?: string;
}

export interface StreamItems {
  readonly items: readonly {
    readonly seq: number;
    readonly chunk: string;
    readonly attempt: number;
    readonly item: Json;
  }[];
  readonly cursor: number;
  readonly ended: boolean;
}

export type { ExecutionView, Graph, InterruptView, Json, Schema };

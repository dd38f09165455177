/** The lines of an export. */
import type { ResumeEntry } from '../../engine/head.ts';
import type { Intervention } from '../../flow/authoring/facilities.ts';
import type { Json } from '../../flow/json.ts';
import type { ExecutionView, InterruptView } from '../client/views.ts';
import type { HistoryItem } from '../history/views.ts';

export type ExportLine =
  /** The first line. State, interventions and waits have lines of their own. */
  | {
      readonly type: 'execution';
      readonly execution: Omit<ExecutionView, 'state' | 'result' | 'interrupts' | 'interventions'>;
    }
  /** What happened, in order. Lines of type `value` follow for the values that it shortens. */
  | { readonly type: 'record'; readonly record: HistoryItem }
  /** A part of the JSON text of a large value. `gone`: it was deleted. */
  | {
      readonly type: 'value';
      readonly path: string;
      readonly from: number;
      readonly text: string;
      readonly gone?: true;
    }
  /** A key of the state. Over 64 KB it has a `path`, and lines of type `value` follow. */
  | { readonly type: 'state'; readonly key: string; readonly value: Json }
  | { readonly type: 'state'; readonly key: string; readonly path: string; readonly bytes: number }
  | { readonly type: 'intervention'; readonly intervention: Intervention }
  /** A pending wait. `payloadBytes`: its payload is too large for a line and left out. */
  | { readonly type: 'wait'; readonly wait: InterruptView & { readonly payloadBytes?: number } }
  /** How a wait has ended, and who answered it. */
  | { readonly type: 'answer'; readonly answer: ResumeEntry }
  /** The last line: nothing is missing. */
  | { readonly type: 'end' };

export interface ExportPart {
  readonly lines: readonly ExportLine[];
  /** Start of the next part. Absent: this is the last one. */
  readonly cursor?: string;
}

export interface ExportOptions {
  /** From the part before. Default: the beginning. */
  readonly cursor?: string;
  /** Bytes of JSON after which the part ends. Default 2 MB. */
  readonly most?: number;
}

/** The cursor of an export: the section, and the place in it. */
import { z } from 'zod';

export const SECTIONS = ['execution', 'history', 'state', 'interventions', 'waits', 'answers'] as const;

export const exportPosition = z.strictObject({
  section: z.enum(SECTIONS),
  /** The record, or how many rows are done. */
  at: z.int().min(0).exactOptional(),
  /** The value of the record that goes on. */
  value: z.enum(['input', 'output', 'value']).exactOptional(),
  /** The newest row that is done: a key of the state, a wait or an answer. With `from` the key that goes on. */
  key: z.string().max(4_000).exactOptional(),
  /** Position in the text of the value. */
  from: z.int().min(0).exactOptional(),
});

export type ExportPosition = Readonly<z.output<typeof exportPosition>>;

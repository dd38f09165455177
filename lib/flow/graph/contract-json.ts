/** The contract of a flow as JSON, as documents and the fingerprint use it. */
import { type ZodType, z } from 'zod';
import type { AnyFlow, Contract } from '../authoring/flow.ts';
import { name, schemaJson } from '../checks/definition.ts';
import type { Json } from '../json.ts';
import { chunkNames } from './graph.ts';

/** A JSON schema, or `null` if everything is accepted. `readShape` has already checked that the value is JSON. */
export const shapeOfSchema = z.union([z.record(z.string(), z.unknown()), z.boolean(), z.null()]) as z.ZodType<Json>;

const key = name.refine((text) => !text.includes('.'), 'has a dot, which separates paths');

export const shapeOfContract = z
  .strictObject({
    input: shapeOfSchema,
    state: z.record(key, shapeOfSchema).readonly().nullable(),
    signals: z.record(name, shapeOfSchema).readonly().nullable(),
    stream: shapeOfSchema,
    result: shapeOfSchema,
    attributes: z.record(name, shapeOfSchema).readonly().exactOptional(),
    resources: z.array(name).readonly(),
  })
  .readonly();

export type ContractJson = z.infer<typeof shapeOfContract>;

export function contractJson({ input, state, signals, stream, result, attributes, resources }: Contract): ContractJson {
  return {
    input: input ? schemaJson(input) : null,
    state: state ? schemasJson(state) : null,
    signals: signals ? schemasJson(signals) : null,
    stream: stream ? schemaJson(stream) : null,
    result: result ? schemaJson(result) : null,
    ...(attributes ? { attributes: schemasJson(attributes) } : {}),
    resources,
  };
}

/** The `resume` schemas of the wired chunks, by chunk name. */
export function resumesJson({ chunks, graph }: Pick<AnyFlow, 'chunks' | 'graph'>): { readonly [chunk: string]: Json } {
  const wired = chunkNames(graph);
  const resumes: Record<string, Json> = {};
  for (const { name, resume } of chunks.values()) if (resume && wired.has(name)) resumes[name] = schemaJson(resume);
  return resumes;
}

function schemasJson(schemas: Readonly<Record<string, ZodType>>): { readonly [key: string]: Json } {
  return Object.fromEntries(Object.entries(schemas).map(([key, schema]) => [key, schemaJson(schema)]));
}

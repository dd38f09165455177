/** Object schemas whose members are all optional. */
import { type output, type ZodType, z } from 'zod';

export type Shape = Readonly<Record<string, ZodType>>;

/** Replaces the type that zod infers, which allows `undefined` members and loses their docstrings. */
export type AllOptional<S> = { readonly [Key in keyof S]?: output<S[Key]> };

/** How unknown members are treated: `strictObject` rejects them, `looseObject` keeps them, `object` drops them. */
export type ObjectOf = typeof z.strictObject | typeof z.looseObject | typeof z.object;

export function allOptional<S extends Shape>(shape: S, object: ObjectOf = z.strictObject): ZodType<AllOptional<S>> {
  const members = Object.entries(shape).map(([key, schema]) => [key, schema.optional()]);
  return object(Object.fromEntries(members)) as unknown as ZodType<AllOptional<S>>;
}

/** Objects whose members may all be absent. */
import { type output, type ZodType, z } from 'zod';

export type Shape = Readonly<Record<string, ZodType>>;

/** Not the type that zod gives: it would let members be `undefined`, and drop their comments. */
export type AllOptional<S> = { readonly [Key in keyof S]?: output<S[Key]> };

/** What happens to members that the shape does not have: `z.strictObject` refuses them, the others let them through. */
export type ObjectOf = typeof z.strictObject | typeof z.looseObject | typeof z.object;

export function allOptional<S extends Shape>(shape: S, object: ObjectOf = z.strictObject): ZodType<AllOptional<S>> {
  const members = Object.entries(shape).map(([key, schema]) => [key, schema.optional()]);
  return object(Object.fromEntries(members)) as unknown as ZodType<AllOptional<S>>;
}

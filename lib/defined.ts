/** `T` with every member that may be `undefined` made optional. */
export type Defined<T extends object> = {
  readonly [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key];
} & { readonly [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined> };

/** Returns the members that are not `undefined`, in their order. */
export function defined<T extends object>(members: T): Defined<T> {
  const found: Partial<T> = {};
  for (const key in members) if (members[key] !== undefined) found[key] = members[key];
  return found as unknown as Defined<T>;
}

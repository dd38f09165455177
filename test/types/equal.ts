/** Compile-time assertions: `expectType<Expected>()(value)` compiles only when the types are the same. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Flat<T> = T extends object ? { [K in keyof T]: Flat<T[K]> } : T;

export type Equal<A, B> = Same<Flat<A>, Flat<B>>;

export function assertType<_Check extends true>(): void {}

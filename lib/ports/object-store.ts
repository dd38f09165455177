/** Optional: keeps the bytes of large values outside the table, which has rows that name them. */
export interface ObjectStore {
  /** `false`: new values stay in the table. Objects that exist are read and deleted all the same. */
  readonly takesNew: boolean;
  /** Stores an object; strongly consistent. A repeated put has the same content. */
  put(key: string, content: Uint8Array): Promise<void>;
  /** `undefined`: there is no such object. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** Lets an object expire, no earlier than a day from now. Idempotent; makes nothing. */
  drop(key: string): Promise<void>;
  /** Deletes an object at once. Idempotent. */
  erase(key: string): Promise<void>;
}

/** A provider of an SDK. That of the API has none of these methods until an SDK is registered. */
interface Flushable {
  getDelegate?(): Flushable;
  forceFlush?(): Promise<void>;
}

/** Exports what the SDK holds back. Lambda may freeze the process after the invocation. */
export async function flushProvider(provider: object): Promise<void> {
  const registered = provider as Flushable;
  const sdk = registered.getDelegate?.() ?? registered;
  await sdk.forceFlush?.();
}

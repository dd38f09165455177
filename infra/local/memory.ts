/** Node never unloads a module, so each reload keeps the version before: about 20 MB. */
import { getHeapStatistics, type HeapInfo } from 'node:v8';

/** What to do once the heap is half full. */
export function memoryAdvice(
  {
    used_heap_size: used,
    heap_size_limit: limit,
  }: Pick<HeapInfo, 'used_heap_size' | 'heap_size_limit'> = getHeapStatistics(),
): string | undefined {
  if (used < limit / 2) return undefined;
  const [usedMb, limitMb] = [used, limit].map((bytes) => Math.round(bytes / 2 ** 20));
  return `Earlier versions of the app are still in memory: ${usedMb} of ${limitMb} MB are in use. Stop the service and start it again to free them.`;
}

/** The layout engine, in a worker of its own that is loaded when a graph is first drawn. */
import ElkApi, { type ELK } from 'elkjs/lib/elk-api.js';

let engine: ELK | undefined;

export async function loadElk(): Promise<ELK> {
  engine ??= new ElkApi({ workerFactory: () => new Worker('/console/files/elk-worker.js') });
  return engine;
}

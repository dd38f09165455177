/** One function in a thread of its own, with an environment of its own. */
const { parentPort, workerData } = require('node:worker_threads');

const loading = import(workerData.url);
parentPort.on('message', async ({ id, event, left }) => {
  const until = Date.now() + left;
  const context = { getRemainingTimeInMillis: () => Math.max(0, until - Date.now()) };
  try {
    parentPort.postMessage({ id, answer: await (await loading)[workerData.exported](event, context) });
  } catch (error) {
    parentPort.postMessage({ id, error: String(error) });
  }
});

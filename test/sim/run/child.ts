/**
 * A range of schedules in a child process. Input: the range as JSON. Output: a newline after each schedule, then the totals as
 * JSON.
 */
import { type Range, runRange } from './run.ts';

const [, , range = '{}'] = process.argv;
// Stack traces of simulated faults are not needed and slow.
Error.stackTraceLimit = 0;
// Ends with its parent, however that ends.
process.stdin.once('end', () => process.exit(1)).resume();
const totals = JSON.stringify(await runRange(JSON.parse(range) as Range, () => process.stdout.write('\n')));
await new Promise<void>((resolve) => process.stdout.write(totals, () => resolve()));
process.stdin.destroy();

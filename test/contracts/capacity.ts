/** Compares the capacity that a server reports with the units that `test/bench/meter.ts` counts. */
import assert from 'node:assert/strict';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { attachMeter, type CountedCall } from '../bench/meter.ts';

export type Reported = 'reads' | 'writes';

/** Commands for a single item. */
const COMMANDS: Readonly<Record<Reported, readonly string[]>> = {
  reads: ['GetItemCommand'],
  writes: ['PutItemCommand', 'UpdateItemCommand'],
};
/** Minimum number of calls of each command. */
const AT_LEAST = 30;

/** @param reported what the server reports in the way DynamoDB does */
export function compareCapacity(reported: readonly Reported[]) {
  const calls: CountedCall[] = [];
  return {
    async attach(client: DynamoDBClient, tableName: string): Promise<void> {
      client.middlewareStack.add(
        (next) => (args) => {
          Object.assign(args.input, { ReturnConsumedCapacity: 'TOTAL' });
          return next(args);
        },
        { step: 'initialize', name: 'capacity', priority: 'low' },
      );
      await attachMeter(client, tableName, (call) => calls.push(call));
    },

    /** Answers how many calls were compared. */
    check(): number {
      const counts = reported
        .flatMap((kind) => COMMANDS[kind])
        .map((command) => {
          const alone = calls.filter((call) => call.alone && call.command === command);
          for (const call of alone) assert.equal(call.wcu + call.rcu, call.reported, JSON.stringify(call));
          assert.ok(alone.length >= AT_LEAST, `${command}: ${alone.length} calls were compared`);
          return alone.length;
        });
      return counts.reduce((sum, count) => sum + count, 0);
    },
  };
}

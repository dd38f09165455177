/** Every contract over tables and queues of other makers, and what each call costs there. */
import { after, test } from 'node:test';
import { matrix } from '../../lib/contracts/suite.ts';
import { describeAwsAdapters } from '../contracts/aws-adapters.ts';
import { compareCapacity } from '../contracts/capacity.ts';
import { REPORTS, readEndpoints, readTablesKind } from './servers.ts';

const { endpoint, queueEndpoint } = readEndpoints(process.env);
const kind = readTablesKind(process.env);
const capacity = compareCapacity(REPORTS[kind]);

const endClients = describeAwsAdapters(
  { store: kind, queue: 'queues' },
  { endpoint: () => endpoint, queueEndpoint: () => queueEndpoint, attach: capacity.attach },
);

const skip = REPORTS[kind].length === 0 && `what ${kind} reports is not DynamoDB's`;
test(`capacity / ${kind}: the meter counts what the server reports, call by call`, { skip }, (t) => {
  t.diagnostic(`${capacity.check()} calls cost what the server reports`);
});

after(() => {
  endClients();
  process.stdout.write(`\n${matrix()}\n\n`);
});

/** Faults of the SDK over tables and queues of other makers. */
import { faultCases } from '../faults/cases.ts';
import { readEndpoints } from './servers.ts';

const endpoints = readEndpoints(process.env);
faultCases(() => endpoints, 2);

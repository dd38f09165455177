import { after, before } from 'node:test';
import { type Embedded, startEmbedded } from '../../infra/local/endpoint/embedded.ts';
import { faultCases } from '../faults/cases.ts';

let embedded: Embedded;
before(async () => {
  embedded = await startEmbedded();
});
after(() => embedded.close());

faultCases(() => embedded, 1);

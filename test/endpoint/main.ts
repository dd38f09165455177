/** `npm run test:endpoint`: the scenarios on the endpoint and of the kind that the environment states. */
import { readKind } from './kinds.ts';
import { runSuite } from './run.ts';

process.exitCode = await runSuite(readKind(process.env));

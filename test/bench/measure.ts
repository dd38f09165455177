/** Entry of the bundle: prints the report of the workload that its argument describes. */
import { benchWarm, type Measured } from './measured.ts';

const asked = JSON.parse(process.argv[2] ?? '') as Measured;
process.stdout.write(JSON.stringify(await benchWarm(asked)));

/** `npm run api`: regenerates the reports of the public entries. */
import { compareReports } from './report.ts';

const changed = await compareReports({ update: true });
process.stdout.write(
  changed.length === 0 ? 'No public entry has changed.\n' : `Written anew: ${changed.join(', ')}.\n`,
);

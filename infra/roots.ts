/** The folders that commands work on. In this repository both are the same folder. */
import { fileURLToPath } from 'node:url';

/** The package: its modules, the handlers and the template of the stack. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The project: its app, serverless.yml, dist/ and .local/. A command is run there. */
export const PROJECT = process.cwd();

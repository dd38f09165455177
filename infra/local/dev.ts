/** `durable-triggerflow dev`: runs the service on this machine and reloads the app after changes. */
import type { OtherCommand } from '../cli/row.ts';
import { serve } from './serve.ts';

export const devCommand: OtherCommand = {
  kind: 'other',
  run: (_, { isJson }) => serve({ watch: true, isJson }),
};

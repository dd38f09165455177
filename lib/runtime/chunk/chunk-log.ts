import type { Logger } from '../../flow/authoring/context.ts';
import type { Json } from '../../flow/json.ts';

/** A logger whose lines say where they come from. Fields that a line gives itself win. */
export function withFields(log: Logger, fields: Readonly<Record<string, Json>>): Logger {
  return {
    info: (message, own) => log.info(message, { ...fields, ...own }),
    warn: (message, own) => log.warn(message, { ...fields, ...own }),
    error: (message, own) => log.error(message, { ...fields, ...own }),
  };
}

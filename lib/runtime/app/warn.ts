import type { Logger } from '../../flow/authoring/context.ts';

const warned = new Set<string>();

/** Logs a warning once per process and text. */
export function warnOnce(log: Logger, text: string): void {
  if (!warned.has(text)) log.warn(text);
  warned.add(text);
}

/** Warns that shared data is shared; `noWarning: true` turns it off. */
export function warnShared(log: Logger, flow: string): void {
  warnOnce(
    log,
    `flowData of flow "${flow}" is shared by all its executions; pass { noWarning: true } where this is intended`,
  );
}

import type { Logger } from '../../flow/authoring/context.ts';

const warned = new Set<string>();

/** Once per process and text. */
export function warnOnce(log: Logger, text: string): void {
  if (!warned.has(text)) log.warn(text);
  warned.add(text);
}

/** Sharing should be meant: `noWarning` says that it is. */
export function warnShared(log: Logger, flow: string): void {
  warnOnce(log, `flowData of "${flow}" is shared by all its executions; say { noWarning: true } where that is meant`);
}

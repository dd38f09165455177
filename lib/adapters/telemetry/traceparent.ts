/** Texts that name a place in a trace, as senders give them. Others are ignored. */

/** W3C trace context; versions after 00 may have more parts. */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
/** The header of AWS X-Ray, which AWS services put on messages. */
const XRAY = /Root=1-([0-9a-f]{8})-([0-9a-f]{24});Parent=([0-9a-f]{16})(?:;Sampled=([01]))?/;
const NOTHING = /^0+$/;

export interface Place {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
}

export function parsePlace(text: string | undefined): Place | undefined {
  const [, version = '', traceId = '', spanId = '', flags = '', more] = TRACEPARENT.exec(text ?? '') ?? [];
  const isKnown = version !== 'ff' && (version !== '00' || more === undefined);
  if (!isKnown || traceId === '' || NOTHING.test(traceId) || NOTHING.test(spanId)) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1 };
}

export function formatPlace({ traceId, spanId, traceFlags }: Place): string {
  return `00-${traceId}-${spanId}-${traceFlags & 1 ? '01' : '00'}`;
}

/** The W3C form of an X-Ray header. */
export function fromXray(header: string | undefined): string | undefined {
  const [, time, random, parent, sampled = '0'] = XRAY.exec(header ?? '') ?? [];
  return parent === undefined ? undefined : `00-${time}${random}-${parent}-0${sampled}`;
}

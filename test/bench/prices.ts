/** The price of the counted requests: list prices of us-east-1 in US dollars, without Lambda's time and free tiers. */

export const PRICES = {
  /** DynamoDB on demand, a unit each. */
  writeUnit: 0.625 / 1e6,
  readUnit: 0.125 / 1e6,
  /** Standard queue, a request. */
  queueRequest: 0.4 / 1e6,
} as const;

/** A message is sent, received and deleted; batches make it less. */
const REQUESTS_PER_MESSAGE = 3;

export interface PerStep {
  readonly wcuPerStep: number | null;
  readonly rcuPerStep: number | null;
  readonly messagesPerStep: number;
}

/** `null` where units are not counted. */
export function usdPerMillionSteps({ wcuPerStep, rcuPerStep, messagesPerStep }: PerStep): number | null {
  if (wcuPerStep === null || rcuPerStep === null) return null;
  const { writeUnit, readUnit, queueRequest } = PRICES;
  const step = wcuPerStep * writeUnit + rcuPerStep * readUnit + messagesPerStep * REQUESTS_PER_MESSAGE * queueRequest;
  return Number((step * 1e6).toFixed(2));
}

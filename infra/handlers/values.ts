/** The build replaces this module by `value-bucket.ts` where the setting `valueBucket` names a bucket. */
import type { HandlerOptions } from '../../lib/lambda.ts';

export const values: HandlerOptions = {};

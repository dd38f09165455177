/** The build replaces this module where the settings `traces` and `metrics` ask for more. */
import type { HandlerOptions } from '../../lib/lambda.ts';

export const options: HandlerOptions = {};

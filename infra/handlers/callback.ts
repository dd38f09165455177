import app from '#app';
import { callbackHandler } from '../../lib/lambda.ts';
import { options } from './telemetry.ts';

export const handler = callbackHandler(app, options);

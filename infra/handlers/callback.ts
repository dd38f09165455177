import app from '#app';
import { callbackHandler } from '../../lib/lambda.ts';
import { options } from './telemetry.ts';
import { values } from './values.ts';

export const handler = callbackHandler(app, { ...options, ...values });

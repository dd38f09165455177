import app from '#app';
import { stepHandler } from '../../lib/lambda.ts';
import { options } from './telemetry.ts';
import { values } from './values.ts';

export const handler = stepHandler(app, { ...options, ...values });

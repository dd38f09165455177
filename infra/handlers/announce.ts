import app from '#app';
import { announceHandler } from '../../lib/lambda.ts';
import { options } from './telemetry.ts';
import { values } from './values.ts';

export const handler = announceHandler(app, { ...options, ...values });

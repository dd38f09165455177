import app from '#app';
import { apiHandler } from '../../lib/lambda.ts';
import { options } from './telemetry.ts';
import { values } from './values.ts';

export const handler = apiHandler(app, { ...options, ...values });

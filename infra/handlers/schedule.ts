import app from '#app';
import { scheduleHandler } from '../../lib/lambda.ts';
import { options } from './telemetry.ts';
import { values } from './values.ts';

export const handler = scheduleHandler(app, { ...options, ...values });

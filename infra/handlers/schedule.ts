import app from '#app';
import { scheduleHandler } from '../../lib/lambda.ts';
import { options } from './telemetry.ts';

export const handler = scheduleHandler(app, options);

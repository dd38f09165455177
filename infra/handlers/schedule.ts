import app from '#app';
import { scheduleHandler } from '../../lib/lambda.ts';

export const handler = scheduleHandler(app);

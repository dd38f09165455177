import app from '#app';
import { announceHandler } from '../../lib/lambda.ts';

export const handler = announceHandler(app);

import app from '#app';
import { callbackHandler } from '../../lib/lambda.ts';

export const handler = callbackHandler(app);

import app from '#app';
import { stepHandler } from '../../lib/lambda.ts';

export const handler = stepHandler(app);

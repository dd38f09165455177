import app from '#app';
import { apiHandler } from '../../lib/lambda.ts';

export const handler = apiHandler(app);

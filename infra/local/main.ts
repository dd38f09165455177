/** The process of `npm start`. */
import { serve } from './serve.ts';

await serve({ watch: false });

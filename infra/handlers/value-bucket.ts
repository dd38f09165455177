/** Keeps large values in the bucket that the environment names. */
import type { HandlerOptions } from '../../lib/lambda.ts';
import { createValueBucket } from '../../lib/s3.ts';

const { VALUE_BUCKET: bucketName, VALUE_BUCKET_PREFIX: prefix = '', VALUE_BUCKET_WRITES: writes } = process.env;

export const values: HandlerOptions = bucketName
  ? { valueBucket: createValueBucket({ bucketName, prefix, takesNew: writes !== 'no' }) }
  : {};

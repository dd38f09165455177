/** A bucket for large values, which the table names. The package `@aws-sdk/client-s3` must be installed. */
import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { createBucket } from './adapters/s3/bucket.ts';
import { createS3Client } from './adapters/s3/client.ts';
import type { ObjectStore } from './ports/object-store.ts';

export type { ObjectStore } from './ports/object-store.ts';

/** Region, endpoint and credentials come from the environment where they are absent. */
export interface ValueBucketOptions extends Pick<S3ClientConfig, 'region' | 'endpoint' | 'credentials'> {
  readonly bucketName: string;
  /** Starts the key of every object, such as `my-service/dev/`. Default: empty. */
  readonly prefix?: string;
  /** `false`: new values stay in the table. Default: `true`. */
  readonly takesNew?: boolean;
}

/**
 * Keeps values over 64 KB in a bucket, for `createTableStores({ tableName, valueBucket })` and the handlers. Objects of
 * dropped values get the tag `dropped=true`: a lifecycle rule of the bucket has to expire them after a day.
 */
export function createValueBucket(options: ValueBucketOptions): ObjectStore {
  const { bucketName, prefix = '', takesNew = true, ...access } = options;
  return createBucket({ client: createS3Client(access), bucketName, prefix, takesNew });
}

import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';

/**
 * Creates an S3 client that sends each request once: the stores repeat their calls themselves. It adds no checksums of
 * its own, because each object is stored and read with its SHA-256.
 */
export function createS3Client(options: S3ClientConfig = {}): S3Client {
  return new S3Client({
    // An object has up to 16 MB.
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 20_000, throwOnRequestTimeout: true },
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // A server of your own seldom has a host name for each bucket.
    forcePathStyle: options.endpoint !== undefined,
    ...options,
    maxAttempts: 1,
  });
}

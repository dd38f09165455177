import { SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs';

/** Retries are safe here: a message may be sent twice. */
export function createSqsClient(options: SQSClientConfig = {}): SQSClient {
  return new SQSClient({
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
    ...options,
  });
}

import { SQSClient, type SQSClientConfig } from '@aws-sdk/client-sqs';

/**
 * Creates an SQS client with the SDK's retries, which are safe: a message may be sent twice. Requests go to the
 * configured endpoint, not to the host of the queue URL; with `AWS_ENDPOINT_URL` the SDK would use that host and warn
 * at every message.
 */
export function createSqsClient(options: SQSClientConfig = {}): SQSClient {
  return new SQSClient({
    useQueueUrlAsEndpoint: false,
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 5_000, throwOnRequestTimeout: true },
    ...options,
  });
}

/** The schema that CloudWatch publishes for the embedded metric format. */
import { z } from 'zod';

const name = z.string().min(1).max(1024);

const directive = z.strictObject({
  Namespace: name,
  Dimensions: z.array(z.array(z.string().min(1).max(250)).max(30)).min(1),
  Metrics: z
    .array(
      z.strictObject({
        Name: name,
        Unit: z.enum(['Count', 'Milliseconds']),
      }),
    )
    .min(1)
    .max(100),
});

const value = z.union([z.number(), z.array(z.number()).min(1).max(100)]);

/** A line as CloudWatch takes it: each dimension is a text, and each metric a number or a list of numbers. */
export const emfLine = z
  .looseObject({
    _aws: z.strictObject({ Timestamp: z.int().positive(), CloudWatchMetrics: z.array(directive).min(1) }),
  })
  .superRefine((line, { addIssue }) => {
    for (const { Dimensions: sets, Metrics: metrics } of line._aws.CloudWatchMetrics) {
      for (const dimension of sets.flat())
        if (!z.string().min(1).max(1024).safeParse(line[dimension]).success) addIssue(`no dimension ${dimension}`);
      for (const metric of metrics)
        if (!value.safeParse(line[metric.Name]).success) addIssue(`no metric ${metric.Name}`);
    }
  });

export type EmfLine = z.output<typeof emfLine>;

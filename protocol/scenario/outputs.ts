import * as z from 'zod';

/** What a run writes beside its usual files. */
export const RunOutputs = z.strictObject({
	batches: z.boolean().default(false).describe('batch_metrics.csv: a row a batch'),
	chromeTrace: z
		.boolean()
		.default(false)
		.describe('chrome_trace.json: what each pipeline stage does, for Perfetto'),
	operations: z
		.boolean()
		.default(false)
		.describe('operation_metrics.csv: what operations take, by replica'),
	requests: z
		.enum(['full', 'sketch'])
		.default('full')
		.describe('A row a request, or their quantiles alone'),
	parquet: z
		.boolean()
		.default(false)
		.describe('Each CSV file as Apache Parquet too, with units in its metadata'),
});
export type RunOutputs = z.infer<typeof RunOutputs>;

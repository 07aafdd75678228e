import * as z from 'zod';
import { ArrivalFile, LengthColumns, RequestColumns } from './request-files.ts';
import { countsProblem, TokenCounts } from './token-counts.ts';

const Tokens = z.int().positive();
const Counts = TokenCounts.superRefine((counts, context) => {
	const message = countsProblem(counts);
	if (message !== null) context.addIssue({ code: 'custom', message });
});
const TotalTokens = {
	minTokens: z.int().min(2).default(1024).describe('Least prompt and output together'),
	maxTokens: z.int().min(2).default(4096).describe('Most prompt and output together'),
	prefillToDecodeRatio: z
		.number()
		.positive()
		.default(20)
		.describe('Prompt tokens per output token'),
};
const LengthScale = {
	prefillScale: z.number().positive().default(1).describe('Factor on the prompts'),
	decodeScale: z.number().positive().default(1).describe('Factor on the outputs'),
};

const DRAWN = [
	z.strictObject({
		type: z.literal('trace').describe('Drawn from a table that ships with Gridbeat'),
		table: z
			.literal('azure-conversation')
			.default('azure-conversation')
			.describe('Which shipped table of lengths'),
	}),
	z.strictObject({
		type: z.literal('fixed').describe('Every request alike'),
		prefillTokens: Tokens.default(2048).describe('Prompt of every request'),
		decodeTokens: Tokens.default(512).describe(
			'Output of every request, with the token the prefill yields',
		),
	}),
	z.strictObject({
		type: z.literal('uniform').describe('Every total as likely as any other'),
		...TotalTokens,
	}),
	z.strictObject({
		type: z.literal('zipf').describe('Short totals more likely: the k-th by k^-theta'),
		...TotalTokens,
		theta: z.number().positive().default(0.6).describe('How much more likely short ones are'),
	}),
	z.strictObject({
		type: z
			.literal('distributions')
			.describe('Prompts and outputs each by a distribution, independent of each other'),
		prompt: Counts.describe('Tokens of prompts'),
		output: Counts.describe('Tokens of outputs'),
	}),
] as const;

/** Prompts and outputs that are drawn from no file of the user's. */
export const DrawnLengths = z.discriminatedUnion('type', DRAWN);
export type DrawnLengths = z.infer<typeof DrawnLengths>;

export const Lengths = z.discriminatedUnion('type', [
	...DRAWN,
	z.strictObject({
		type: z.literal('length-file').describe('Drawn from the rows of a file, arrivals synthetic'),
		path: z.string().min(1).describe('CSV file or JSON lines, relative to the scenario file'),
		...LengthScale,
		columns: z.strictObject(LengthColumns).prefault({}).describe('Names of its columns or keys'),
	}),
	z.strictObject({
		type: z
			.literal('trace-file')
			.describe('Arrivals and lengths from a file, of whoever publishes such'),
		...ArrivalFile,
		...LengthScale,
		columns: RequestColumns.prefault({}).describe('Names of its columns or keys'),
		hashTokens: z
			.int()
			.positive()
			.nullable()
			.default(null)
			.describe('Tokens of the blocks that hash_ids name; null: 512 (Mooncake), 16 (Bailian)'),
	}),
]);

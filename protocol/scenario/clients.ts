import * as z from 'zod';
import { Duration } from './duration.ts';
import { DrawnLengths } from './lengths.ts';

/** One of those who send requests, or several alike, each by itself. */
export const Client = z.strictObject({
	name: z.string().min(1).nullable().default(null).describe('For people; null: none'),
	count: z
		.int()
		.min(1)
		.max(100_000)
		.default(1)
		.describe('So many alike, each with arrivals of its own'),
	weight: z
		.number()
		.positive()
		.default(1)
		.describe('Mean rate of each, to those of the others: qps is that of all together'),
	gaps: z
		.enum(['poisson', 'gamma', 'weibull', 'static'])
		.default('poisson')
		.describe('Distribution of the gaps between its requests'),
	cv: z
		.number()
		.min(0.1)
		.max(30)
		.default(1)
		.describe('Coefficient of variation of the gaps of gamma and weibull; above 1: bursts'),
	every: Duration.default('1h').describe('For how long each of `factors` counts'),
	factors: z
		.array(z.number().nonnegative())
		.min(1)
		.max(100_000)
		.nullable()
		.default(null)
		.describe('Of its rate, from the start on, one after the other and again; null: constant'),
	lengths: DrawnLengths.nullable()
		.default(null)
		.describe('Prompts and outputs of its requests; null: requests.lengths'),
});
export type Client = z.infer<typeof Client>;

/** Those who send requests. */
export const Clients = z.discriminatedUnion('type', [
	z.strictObject({
		type: z.literal('list').describe('Each as it is written'),
		clients: z.array(Client).min(1).describe('Those who send'),
	}),
	z.strictObject({
		type: z.literal('file').describe('The same list in a file'),
		path: z.string().min(1).describe('YAML or JSON file, relative to the scenario file'),
	}),
	z.strictObject({
		type: z
			.literal('servegen')
			.describe('A pool of ServeGen: a folder with chunk-N-trace.csv and chunk-N-dataset.json'),
		path: z.string().min(1).describe('The folder, relative to the scenario file'),
		from: Duration.default('0s').describe('Time of the pool that is the start of the run'),
		most: z
			.int()
			.positive()
			.nullable()
			.default(null)
			.describe('Only so many clients, those with most requests; null: all'),
	}),
]);
export type Clients = z.infer<typeof Clients>;

/** What does not go together with clients. */
export function checkClients(
	requests: {
		clients: Clients | null;
		qps: number | string;
		concurrency: number | null;
		sessions: unknown;
		rate: unknown;
		intervals: { type: string };
		compatibility: string | null;
	},
	isReplay: boolean,
	refuse: (path: string[], message: string) => void,
): void {
	const { clients, qps, concurrency, sessions, rate, intervals, compatibility } = requests;
	if (clients === null) return;
	const others = [
		...(isReplay ? ['a file of arrivals (a length-file brings none)'] : []),
		...(qps === 'inf' ? ['qps inf'] : []),
		...(concurrency === null ? [] : ['concurrency']),
		...(sessions === null ? [] : ['sessions']),
		...(intervals.type === 'poisson' || isReplay ? [] : ['intervals']),
		...(compatibility === null ? [] : ['compatibility']),
	];
	if (others.length > 0)
		refuse(['clients'], `each client has arrivals of its own; drop ${others.join(', ')}`);
	const hasOwn = clients.type !== 'list' || clients.clients.some(({ factors }) => factors !== null);
	if (rate !== null && hasOwn)
		refuse(['rate'], 'these clients have rates of their own that change; drop one of them');
	if (clients.type !== 'list') return;
	clients.clients.forEach(({ factors, lengths }, i) => {
		const at = ['clients', 'clients', String(i)];
		if (factors?.every((factor) => factor === 0))
			refuse([...at, 'factors'], 'one of them must be above 0');
		if (lengths !== null && 'minTokens' in lengths && lengths.minTokens > lengths.maxTokens)
			refuse([...at, 'lengths', 'minTokens'], `must not exceed maxTokens, ${lengths.maxTokens}`);
	});
}

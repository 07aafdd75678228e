import * as z from 'zod';
import { Name } from './readings.ts';

/**
 * A scenario: everything that defines a run, as people write it (YAML, flags). Powers here are magnitudes;
 * signs begin at the readings. What is left out takes the default named here or follows from the location.
 */

const Fraction = z.number().refine((value) => value >= 0 && value <= 1, {
	error: 'must lie between 0 and 1',
});
const Duration = z.union([z.string(), z.number()]);

const Location = z.union([
	z.string().min(1),
	z.strictObject({
		name: z.string().min(1).default('site').describe('Name shown in reports'),
		latitude: z.number().min(-90).max(90).describe('Degrees north'),
		longitude: z.number().min(-180).max(180).describe('Degrees east'),
		timezone: z.string().describe('IANA time zone, such as Europe/Berlin'),
		altitudeM: z.number().default(0).describe('Metres above sea level'),
		gridZone: z.string().optional().describe('Grid zone for the carbon signal'),
	}),
]);

const TraceFile = {
	path: z.string().min(1).describe('CSV file, relative to the scenario file'),
	column: z
		.string()
		.nullable()
		.default(null)
		.describe('Column of the values; needed if there are several'),
	fill: z
		.enum(['ffill', 'bfill'])
		.default('ffill')
		.describe('Value between rows: of the row before or after'),
	anchor: z
		.string()
		.nullable()
		.default(null)
		.describe('Time in the file that is the start of the run'),
	scale: z.number().default(1).describe('Factor on the values'),
};

const Tokens = z.int().positive();
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
const ArrivalFile = {
	path: z.string().min(1).describe('CSV file or JSON lines, relative to the scenario file'),
	anchor: z
		.string()
		.nullable()
		.default(null)
		.describe('Time in the file that is the start of the run; null: 0, or the first row of dates'),
	timeScale: z
		.number()
		.positive()
		.default(1)
		.describe('Factor on the times: 0.5 makes requests arrive twice as fast'),
};

const Lengths = z.discriminatedUnion('type', [
	z.strictObject({
		type: z.literal('trace').describe('Drawn from a table that ships with Gridbeat'),
		table: z.literal('azure-conversation').default('azure-conversation'),
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
		type: z.literal('length-file').describe('Drawn from the rows of a file, arrivals synthetic'),
		path: z.string().min(1).describe('CSV file or JSON lines, relative to the scenario file'),
		...LengthScale,
	}),
	z.strictObject({
		type: z
			.literal('trace-file')
			.describe('Arrivals and lengths from a file of Vidur, Azure or Mooncake'),
		...ArrivalFile,
		...LengthScale,
	}),
]);

const Intervals = z.discriminatedUnion('type', [
	z.strictObject({ type: z.literal('poisson').describe('Independent arrivals') }),
	z.strictObject({
		type: z.literal('gamma').describe('Arrivals that cluster (cv above 1) or keep apart (below 1)'),
		cv: z.number().positive().default(0.5).describe('Coefficient of variation of the gaps'),
	}),
	z.strictObject({
		type: z.literal('static').describe('Equal gaps'),
		gapS: z
			.number()
			.nonnegative()
			.nullable()
			.default(null)
			.describe('Gap, s; 0: all at once; null: 1/qps'),
	}),
	z.strictObject({
		type: z.literal('trace').describe('Arrivals from a file, lengths drawn'),
		...ArrivalFile,
		column: z
			.string()
			.nullable()
			.default(null)
			.describe(
				'CSV column of the arrivals; null: arrived_at, TIMESTAMP, arrival_time or timestamp',
			),
	}),
]);

const Factor = z.number().nonnegative();
const HourFactors = z
	.array(Factor)
	.length(24, { error: 'must have 24 factors, one for each hour of the day' });

const Diurnal = z.strictObject({
	weekday: HourFactors.describe('Factor of each local hour from 00:00 on, Monday to Friday'),
	weekend: HourFactors.nullable()
		.default(null)
		.describe('The same on other days; null: as weekday'),
});

const Bursts = z.discriminatedUnion('type', [
	z.strictObject({
		type: z.literal('markov').describe('Calm and burst take turns, of random length'),
		burstFactor: Factor.describe('Factor on the rate in a burst'),
		calmFactor: Factor.default(1).describe('Factor on the rate between bursts'),
		meanBurst: Duration.describe('Mean length of a burst'),
		meanCalm: Duration.describe('Mean time between bursts'),
	}),
	z.strictObject({
		type: z.literal('scheduled').describe('At given times since the start of the run'),
		bursts: z
			.array(
				z.strictObject({
					from: Duration.describe('Time since the start of the run'),
					length: Duration.describe('How long it lasts'),
					factor: Factor.describe('Factor on the rate'),
				}),
			)
			.min(1)
			.describe('Where several overlap, their factors multiply'),
	}),
]);

const Rate = z.strictObject({
	diurnal: Diurnal.nullable().default(null).describe('By hour of local time; null: none'),
	weekly: z
		.array(Factor)
		.length(7, { error: 'must have 7 factors, Monday first' })
		.nullable()
		.default(null)
		.describe('Factor of each day, Monday first; null: none'),
	bursts: Bursts.nullable().default(null).describe('Times of more or fewer requests; null: none'),
});

const Requests = z
	.strictObject({
		qps: z
			.number()
			.positive()
			.default(1)
			.describe('Mean request rate where no factor changes it, 1/s'),
		policy: z
			.enum(['round_robin', 'random', 'least_outstanding'])
			.default('round_robin')
			.describe('How the router chooses a replica'),
		intervals: Intervals.default({ type: 'poisson' }).describe('Gaps between arrivals'),
		lengths: Lengths.default({ type: 'trace', table: 'azure-conversation' }),
		rate: Rate.nullable()
			.default(null)
			.describe('Factors on qps that change with time; null: constant'),
		maxRequests: z
			.int()
			.nonnegative()
			.nullable()
			.default(null)
			.describe('No more requests than this'),
		compatibility: z
			.literal('vidur')
			.nullable()
			.default(null)
			.describe('vidur: draw the very requests that Vidur draws'),
		vidurSeed: z
			.int()
			.min(0)
			.max(2 ** 32 - 1)
			.default(42)
			.describe('Seed of requests drawn as Vidur does; otherwise the seed of the run counts'),
	})
	.superRefine(checkRequests);

/** What no single key can tell: generators that do not go together. */
function checkRequests(
	requests: {
		intervals: { type: string };
		lengths: { type: string; minTokens?: number; maxTokens?: number };
		rate: unknown;
		compatibility: string | null;
	},
	context: z.core.$RefinementCtx,
): void {
	const { intervals, lengths, rate, compatibility } = requests;
	const refuse = (path: string[], message: string) =>
		context.addIssue({ code: 'custom', path, message });
	if ((lengths.minTokens ?? 0) > (lengths.maxTokens ?? 0))
		refuse(['lengths', 'minTokens'], `must not exceed maxTokens, ${lengths.maxTokens}`);
	if (lengths.type === 'trace-file' && intervals.type === 'trace')
		refuse(['intervals', 'type'], 'lengths of type trace-file bring arrivals; use length-file');
	const isReplay = lengths.type === 'trace-file' || intervals.type === 'trace';
	if (rate !== null && isReplay)
		refuse(['rate'], 'a file gives the arrivals, so there is no rate to change; drop one of them');
	// A replayed trace is Vidur's own as it stands.
	if (compatibility === null || lengths.type === 'trace-file') return;
	if (rate !== null)
		refuse(['rate'], 'Vidur has no changing rate; drop it or the compatibility with Vidur');
	if (lengths.type === 'trace')
		refuse(['lengths', 'type'], 'Vidur has no such table; use length-file, fixed, uniform or zipf');
	if (intervals.type === 'trace')
		refuse(['intervals', 'type'], 'not with compatibility; use poisson, gamma or static');
}

const Serving = z.strictObject({
	replicas: z.int().min(1).max(100_000).default(2).describe('Number of replicas'),
	model: z
		.string()
		.default('meta-llama/Meta-Llama-3-8B')
		.describe('Model, by its Hugging Face name'),
	device: z.string().default('a100').describe('GPU type'),
	profile: z.string().default('default').describe('Latency profile'),
	tensorParallel: z.int().positive().default(1),
	pipelineStages: z.int().positive().default(1),
	batchSizeCap: z.int().positive().default(128).describe('Most requests in a batch'),
	maxTokensInBatch: z
		.int()
		.positive()
		.default(4096)
		.describe('Most prompt tokens in a prefill batch, padded'),
	maxTokens: z.int().min(2).default(4096).describe('Longest prompt and output of a request'),
	blockSize: z.int().positive().default(16).describe('Tokens in a KV-cache block'),
	watermarkFraction: Fraction.default(0.01).describe('KV blocks kept free when admitting'),
	numBlocks: z
		.int()
		.positive()
		.nullable()
		.default(null)
		.describe('KV blocks of a replica; null: as many as its memory holds'),
	memoryMarginFraction: Fraction.default(0.1).describe('GPU memory left unused'),
	pue: z.number().min(1).default(1.2).describe('Facility power over GPU power'),
});

const Sky = z.discriminatedUnion('type', [
	z.strictObject({
		type: z.literal('stochastic').describe('Seeded clouds with the location’s statistics'),
	}),
	z.strictObject({ type: z.literal('clear').describe('No clouds') }),
	z.strictObject({
		type: z.literal('trace').describe('Output as a fraction of the peak power, from a CSV'),
		...TraceFile,
	}),
]);

const Solar = z.strictObject({
	name: Name.default('solar'),
	peakPowerW: z.number().nonnegative().default(3000).describe('Installed DC peak power, W'),
	inverterPowerW: z
		.number()
		.positive()
		.nullable()
		.default(null)
		.describe('AC limit, W; null: the peak power'),
	tiltDeg: z.number().min(0).max(90).optional().describe('Default: from the location'),
	azimuthDeg: z
		.number()
		.min(0)
		.max(360)
		.optional()
		.describe('Clockwise from north; default: towards the equator'),
	lossesPercent: z.number().min(0).max(100).optional(),
	sky: Sky.default({ type: 'stochastic' }),
});

const Battery = z.discriminatedUnion('type', [
	z.strictObject({
		type: z.literal('simple').describe('Lossless, limited by C-rate (Vessim SimpleBattery)'),
		name: Name.default('battery'),
		capacityWh: z.number().positive({ error: 'must be above 0 Wh' }),
		initialSoc: Fraction.default(0.4),
		minSoc: Fraction.default(0.3),
		cRate: z.number().positive().nullable().default(null),
	}),
	z.strictObject({
		type: z.literal('clc').describe('C-L-C lithium-ion model (Vessim ClcBattery), LG M50 cells'),
		name: Name.default('battery'),
		capacityWh: z
			.number()
			.positive({ error: 'must be above 0 Wh' })
			.describe('Rounded to whole cells'),
		initialSoc: Fraction.default(0.4),
		minSoc: Fraction.default(0.3),
	}),
]);

const Carbon = z.discriminatedUnion('source', [
	z.strictObject({
		source: z.literal('location').describe('Profile or average of the location’s grid'),
	}),
	z.strictObject({ source: z.literal('zone'), zone: z.string().min(1) }),
	z.strictObject({
		source: z.literal('constant'),
		valueGPerKwh: z.number().nonnegative(),
		kind: z.enum(['average', 'marginal']).default('average'),
	}),
	z.strictObject({
		source: z.literal('trace'),
		...TraceFile,
		kind: z.enum(['average', 'marginal']),
	}),
	z.strictObject({
		source: z.literal('uk').describe('UK Carbon Intensity API (no key); fetched before the run'),
		baseUrl: z.url().optional(),
	}),
	z.strictObject({
		source: z
			.literal('electricitymaps')
			.describe('Electricity Maps; token from ELECTRICITYMAPS_TOKEN'),
		zone: z.string().min(1),
		baseUrl: z.url().optional(),
	}),
]);

const Load = z.discriminatedUnion('type', [
	z.strictObject({
		type: z.literal('constant'),
		name: Name,
		powerW: z.number().nonnegative(),
		sign: z.enum(['consumer', 'producer']).default('consumer'),
	}),
	z.strictObject({
		type: z.literal('trace'),
		name: Name,
		...TraceFile,
		sampling: z
			.enum(['mean', 'start'])
			.default('mean')
			.describe('Average over the step, or value at its start'),
		sign: z.enum(['consumer', 'producer']).default('consumer'),
	}),
]);

const CapRule = z
	.strictObject({
		signal: z
			.enum(['carbon', 'soc'])
			.describe('What is compared: carbon intensity or state of charge'),
		above: z.number().optional().describe('Active above this: g/kWh, or a fraction'),
		below: z.number().optional().describe('Active below this'),
		capWPerGpu: z.number().positive().describe('Power cap of each GPU while active, W'),
		hysteresis: z.number().nonnegative().optional().describe('Stays active until this far back'),
	})
	.refine((rule) => (rule.above === undefined) !== (rule.below === undefined), {
		error: 'needs either "above" or "below"',
	});

const Policy = z.strictObject({
	mode: z.enum(['grid-connected', 'islanded']).default('grid-connected'),
	chargePowerW: z.number().default(0).describe('Forced charging (+) or discharging (-), W'),
});

const Thresholds = z
	.strictObject({
		lowGPerKwh: z.number().nonnegative().default(100),
		highGPerKwh: z.number().nonnegative().default(200),
	})
	.refine((value) => value.lowGPerKwh <= value.highGPerKwh, { error: 'low must not exceed high' });

const Placement = z.strictObject({
	mode: z
		.enum(['processes', 'in-process'])
		.default('processes')
		.describe('A process for every actor, or all in one'),
	external: z
		.array(Name)
		.default([])
		.describe('Actors or kinds of actors whose processes are started elsewhere and join'),
	hosts: z
		.record(Name, z.array(Name))
		.default({})
		.describe('Processes that run several actors: name of the process to names of actors'),
});

export const Scenario = z.strictObject({
	name: Name.default('day').describe('Short name; becomes part of the run’s id'),
	location: Location.default('San Francisco').describe('A known location by name, or coordinates'),
	start: z
		.string()
		.default('2024-06-20T00:00')
		.describe('Start in the location’s local time, ISO 8601'),
	until: Duration.default('24h').describe('Length of the run in simulated time'),
	step: Duration.default('60s').describe('Step of the microgrid'),
	window: Duration.default('1h').describe('Simulated time granted at once'),
	seed: z.union([z.string(), z.number()]).default('1').describe('Seed of all random streams'),
	pace: z
		.number()
		.positive()
		.nullable()
		.default(null)
		.describe('Simulated seconds per real second; null: as fast as possible'),
	requests: Requests.prefault({}),
	serving: Serving.nullable().prefault({}),
	solar: z.array(Solar).prefault([{}]),
	batteries: z.array(Battery).default([
		{
			type: 'simple',
			name: 'battery',
			capacityWh: 5000,
			initialSoc: 0.4,
			minSoc: 0.3,
			cRate: 0.5,
		},
	]),
	carbon: Carbon.nullable().default({ source: 'location' }),
	loads: z.array(Load).default([]),
	policy: Policy.prefault({}),
	cap: z.array(CapRule).default([]).describe('Power-cap rules; the strictest active one holds'),
	thresholds: Thresholds.prefault({}).describe('What counts as low and high carbon in the report'),
	placement: Placement.prefault({}),
});
export type Scenario = z.infer<typeof Scenario>;
export type ScenarioInput = z.input<typeof Scenario>;

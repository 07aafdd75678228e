import * as z from 'zod';
import { Name } from './readings.ts';
import { Duration, Requests } from './scenario-requests.ts';

/**
 * A scenario: everything that defines a run, as people write it (YAML, flags). Powers here are magnitudes;
 * signs begin at the readings. What is left out takes the default named here or follows from the location.
 */

const Fraction = z
	.number()
	.min(0, { error: 'must lie between 0 and 1' })
	.max(1, { error: 'must lie between 0 and 1' });

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
	network: z
		.enum(['pairwise', 'dgx'])
		.default('pairwise')
		.describe('How the GPUs of a replica are joined: NVLink in pairs, or as in a DGX'),
	scheduler: z
		.enum(['vllm', 'sarathi', 'orca', 'faster_transformer', 'lightllm'])
		.default('vllm')
		.describe('How a replica forms its batches'),
	chunkSize: z.int().positive().default(512).describe('Most tokens of a batch of sarathi'),
	maxWaitingIterations: z
		.int()
		.positive()
		.default(10)
		.describe('Decode batches of lightllm after which prompts are tried again'),
	compatibility: z
		.literal('vidur')
		.nullable()
		.default(null)
		.describe('vidur: as Vidur also where it is wrong (docs/vidur-differences.md)'),
	batchSizeCap: z.int().positive().default(128).describe('Most requests in a batch'),
	maxTokensInBatch: z
		.int()
		.positive()
		.default(4096)
		.describe('Most prompt tokens in a prefill batch, padded'),
	maxTokens: z.int().min(2).default(4096).describe('Longest prompt and output of a request'),
	blockSize: z
		.int()
		.positive()
		.nullable()
		.default(null)
		.describe('Tokens in a KV-cache block; null: 16, and 1 for lightllm'),
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

const Price = z.discriminatedUnion('source', [
	z.strictObject({
		source: z.literal('constant'),
		valueUsdPerKwh: z.number().describe('USD/kWh'),
	}),
	z.strictObject({
		source: z.literal('tariff').describe('A price for each hour of the local day'),
		weekday: z.array(z.number().nonnegative()).length(24).describe('USD/kWh from 00:00 on'),
		weekend: z
			.array(z.number())
			.length(24)
			.nullable()
			.default(null)
			.describe('null: as on weekdays'),
	}),
	z.strictObject({ source: z.literal('trace'), ...TraceFile }),
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
	price: Price.nullable().default(null).describe('What energy from the grid costs'),
	loads: z.array(Load).default([]),
	policy: Policy.prefault({}),
	cap: z.array(CapRule).default([]).describe('Power-cap rules; the strictest active one holds'),
	thresholds: Thresholds.prefault({}).describe('What counts as low and high carbon in the report'),
	placement: Placement.prefault({}),
});
export type Scenario = z.infer<typeof Scenario>;

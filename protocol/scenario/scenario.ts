import * as z from 'zod';
import { Pace } from '../pace.ts';
import { Name } from '../readings.ts';
import { Accounting } from './accounting.ts';
import { CapRule } from './caps.ts';
import { Battery, Generator, GridConnection, Policy } from './dispatch.ts';
import { Carbon, Forecast, MarginalCarbon, Price } from './grid.ts';
import { Location } from './location.ts';
import { Load, Solar } from './microgrid.ts';
import { RunOutputs } from './outputs.ts';
import { Duration, Requests } from './requests.ts';
import { Serving } from './serving.ts';
import { Site } from './sites.ts';
import { Wind } from './wind.ts';

/**
 * A scenario: everything that defines a run, as people write it (YAML, flags). Powers here are magnitudes;
 * signs begin at the readings. What is left out takes the default named here or follows from the location.
 */

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
		.describe('A process for every actor (or as many as the machine bears), or all in one'),
	processes: z
		.int()
		.positive()
		.nullable()
		.default(null)
		.describe('So many host processes; null: one an actor, or as many as the machine bears'),
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
	repeats: z
		.int()
		.min(1)
		.max(10_000)
		.default(1)
		.describe('Runs of the same scenario with seeds of their own ([sweeps](sweep.md))'),
	pace: Pace.nullable()
		.default(null)
		.describe('Simulated seconds per real second; null: as fast as possible'),
	requests: Requests.prefault({}),
	serving: Serving.nullable().prefault({}),
	solar: z.array(Solar).prefault([{}]),
	wind: z.array(Wind).default([]),
	batteries: z.array(Battery).default([
		{
			type: 'simple',
			name: 'battery',
			capacityWh: 5000,
			initialSoc: 0.4,
			minSoc: 0.3,
			cRate: 0.5,
			degradation: null,
		},
	]),
	generators: z.array(Generator).default([]),
	grid: GridConnection.nullable()
		.default(null)
		.describe('Limits and outages of the grid; null: always there, without limits'),
	carbon: Carbon.nullable().prefault({ source: 'location' }),
	marginalCarbon: MarginalCarbon.nullable()
		.default(null)
		.describe('Marginal intensity beside an average one in `carbon`; null: none'),
	price: Price.nullable().default(null).describe('What energy from the grid costs'),
	forecast: Forecast.nullable()
		.default(null)
		.describe('What policies know of signals in advance; null: only policy `forecast` does'),
	loads: z.array(Load).default([]),
	policy: Policy.prefault({}),
	cap: z.array(CapRule).default([]).describe('Power-cap rules; the strictest active one holds'),
	sites: z
		.array(Site)
		.default([])
		.describe('Microgrids of one run ([sites](sites.md)); []: one, as the other keys say')
		.refine((sites) => new Set(sites.map(({ name }) => name)).size === sites.length, {
			error: 'names of sites must differ',
		}),
	thresholds: Thresholds.prefault({}).describe('What counts as low and high carbon in the report'),
	accounting: Accounting.prefault({}).describe('What the report counts; it changes no run'),
	outputs: RunOutputs.prefault({}),
	placement: Placement.prefault({}),
});
export type Scenario = z.infer<typeof Scenario>;

import * as z from 'zod';
import { Pace } from '../pace.ts';
import { Name } from '../readings.ts';
import { Accounting, Thresholds } from './accounting.ts';
import { Duration } from './duration.ts';
import { RunOutputs } from './outputs.ts';
import { Arrangement, Repeats } from './parts.ts';
import { Requests } from './requests.ts';
import { listOf, type Section } from './section.ts';
import { SiteKeys, siteSchema } from './sites.ts';

/**
 * A scenario: everything that defines a run, as people write it (YAML, flags). Powers here are magnitudes;
 * signs begin at the readings. What is left out takes the default named here or follows from the location.
 */

const Awaited = z
	.strictObject({
		kind: Name.optional().describe('All actors of this kind'),
		name: Name.optional().describe('This actor'),
		labels: z
			.record(Name, z.string().min(1).max(200))
			.default({})
			.describe('What a worker must be labelled with to take them, such as zone: a'),
	})
	.refine(({ kind, name }) => (kind === undefined) !== (name === undefined), {
		error: 'give either kind or name',
	});

const Placement = z.strictObject({
	mode: z
		.enum(['processes', 'auto', 'in-process'])
		.default('processes')
		.describe(
			'A process for every actor up to 16 actors (a router that asks replicas is with them), else as auto; auto: one for each core, actors packed by their work; or all in one',
		),
	processes: z
		.int()
		.positive()
		.nullable()
		.default(null)
		.describe('So many host processes; null: as the mode says'),
	external: z
		.array(z.union([Name, Awaited]))
		.default([])
		.describe(
			'Actors or kinds of actors whose processes are started elsewhere and join ([workers](machines.md))',
		),
	arrange: Arrangement.optional().describe(
		'Places of workers with room for several: packed, the first that comes takes all it can (also where left out), or spread evenly',
	),
	hosts: z
		.record(Name, z.array(Name))
		.default({})
		.describe('Processes that run several actors: name of the process to names of actors'),
});

const keysWith = (sections: readonly Section[]) =>
	z.strictObject({
		name: Name.default('day').describe('Short name; becomes part of the run’s id'),
		location: SiteKeys.location.default('San Francisco'),
		start: z
			.string()
			.default('2024-06-20T00:00')
			.describe('Start in the location’s local time, ISO 8601; now: when the run is started'),
		until: Duration.default('24h').describe('Length of the run in simulated time'),
		step: Duration.default('60s').describe('Step of the microgrid'),
		window: Duration.default('1h').describe('Simulated time granted at once'),
		seed: z.union([z.string(), z.number()]).default('1').describe('Seed of all random streams'),
		repeats: Repeats.default(1).describe(
			'Runs of the same scenario with seeds of their own ([sweeps](sweep.md))',
		),
		pace: Pace.nullable()
			.default(null)
			.describe('Simulated seconds per real second; null: as fast as possible'),
		requests: Requests.prefault({}).describe('The requests and how they are routed'),
		serving: SiteKeys.serving.prefault({}),
		...listOf(sections, (list, { byDefault }) => list.prefault([...byDefault])),
		batteries: SiteKeys.batteries.default([
			{
				type: 'simple',
				name: 'battery',
				capacityWh: 5000,
				initialSoc: 0.4,
				minSoc: 0.3,
				// In the order of the schema's keys: a scenario that is parsed again stays the same to the byte.
				degradation: null,
				cRate: 0.5,
			},
		]),
		generators: SiteKeys.generators.default([]),
		grid: SiteKeys.grid.default(null),
		carbon: SiteKeys.carbon.prefault({ source: 'location' }),
		marginalCarbon: SiteKeys.marginalCarbon.default(null),
		price: SiteKeys.price.default(null),
		exportPrice: SiteKeys.exportPrice.default(null),
		forecast: SiteKeys.forecast.default(null),
		loads: SiteKeys.loads.default([]),
		actors: SiteKeys.actors.default([]),
		policy: SiteKeys.policy.prefault({}),
		cap: SiteKeys.cap.default([]),
		sites: z
			.array(siteSchema(sections))
			.default([])
			.describe('Microgrids of one run ([sites](sites.md)); []: one, as the other keys say')
			.refine((sites) => new Set(sites.map(({ name }) => name)).size === sites.length, {
				error: 'names of sites must differ',
			}),
		thresholds: Thresholds.prefault({}).describe(
			'What counts as low and high carbon in the report',
		),
		accounting: Accounting.prefault({}).describe('What the report counts; it changes no run'),
		outputs: RunOutputs.prefault({}).describe('Files beside the usual ones (docs/results.md)'),
		placement: Placement.prefault({}).describe(
			'Which process runs which actor; it never changes a result',
		),
	});
/** What every scenario has; what kinds of actors declare for themselves `entriesOf` reads (section.ts). */
export type Scenario = z.infer<ReturnType<typeof keysWith>>;

/** The schema of scenarios with the lists that kinds of actors declare. */
export function scenarioSchema(
	sections: readonly Section[],
): z.ZodType<Scenario, z.input<ReturnType<typeof keysWith>>> {
	return keysWith(sections);
}

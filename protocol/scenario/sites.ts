import * as z from 'zod';
import { Name } from '../readings.ts';
import { Battery } from './batteries.ts';
import { CapRule } from './caps.ts';
import { Forecast } from './forecast.ts';
import { Generator } from './generators.ts';
import { Carbon, ExportPrice, MarginalCarbon, Price } from './grid.ts';
import { GridConnection } from './grid-connection.ts';
import { Load } from './loads.ts';
import { Location } from './location.ts';
import { OwnActor } from './own.ts';
import { Policy } from './policy.ts';
import { listOf, type Section } from './section.ts';
import { Serving } from './serving.ts';

/** The keys that a scenario and each of its sites have; what holds where they are left out is said there. */
export const SiteKeys = {
	location: Location.describe(
		'A city by name, such as Dublin or "Springfield, Illinois", or coordinates',
	),
	serving: Serving.nullable().describe('The replicas; null: none, the microgrid alone'),
	batteries: z
		.array(Battery)
		.describe('In merit order: the first is charged and discharged first; []: none'),
	generators: z
		.array(Generator)
		.describe('Diesel generators, in merit order; []: none (docs/dispatch.md)'),
	grid: GridConnection.nullable().describe(
		'Limits and outages of the grid; null: always there, without limits',
	),
	carbon: Carbon.nullable().describe('Carbon intensity of the grid; null: none, and no emissions'),
	marginalCarbon: MarginalCarbon.nullable().describe(
		'Marginal intensity beside an average one in `carbon`; null: none',
	),
	price: Price.nullable().describe('What energy from the grid costs; null: not known'),
	exportPrice: ExportPrice.nullable().describe(
		'What energy into the grid earns; null: what `accounting.exportUsdPerKwh` says',
	),
	forecast: Forecast.nullable().describe(
		'What policies know of signals in advance; null: only policy `forecast` does',
	),
	loads: z.array(Load).describe('Other members of the microgrid'),
	actors: z
		.array(OwnActor)
		.describe(
			'Actors of kinds of your own ([own kinds](own-kind.md)) and of other languages ([Python](python.md)); []: none',
		),
	policy: Policy.describe(
		'How surplus and deficit are shared among batteries and grid (docs/dispatch.md)',
	),
	cap: z.array(CapRule).describe('Power-cap rules; the strictest active one holds'),
};

/** A microgrid among several. What it leaves out is as at the top of the scenario. */
export function siteSchema(sections: readonly Section[]) {
	const { location, serving, ...others } = SiteKeys;
	const members = listOf(sections, (list) => list);
	return z.strictObject({
		name: Name.describe('Before the names of its actors, and of its folder in `sites/`'),
		...z.strictObject({ location, serving, ...members, ...others }).partial().shape,
	});
}

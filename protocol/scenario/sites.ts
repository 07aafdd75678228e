import * as z from 'zod';
import { Name } from '../readings.ts';
import { CapRule } from './caps.ts';
import { Battery, Generator, GridConnection, Policy } from './dispatch.ts';
import { Carbon, Forecast, MarginalCarbon, Price } from './grid.ts';
import { Location } from './location.ts';
import { Load, Solar } from './microgrid.ts';
import { Serving } from './serving.ts';
import { Wind } from './wind.ts';

/** A microgrid among several. What it leaves out is as at the top of the scenario. */
export const Site = z.strictObject({
	name: Name.describe('Before the names of its actors, and of its folder in `sites/`'),
	location: Location.optional().describe('A known location by name, or coordinates'),
	serving: Serving.nullable().optional(),
	solar: z.array(Solar).optional(),
	wind: z.array(Wind).optional(),
	batteries: z.array(Battery).optional(),
	generators: z.array(Generator).optional(),
	grid: GridConnection.nullable().optional().describe('Its limits and outages; null: none'),
	carbon: Carbon.nullable().optional(),
	marginalCarbon: MarginalCarbon.nullable()
		.optional()
		.describe('Marginal intensity beside an average one; null: none'),
	price: Price.nullable().optional().describe('What energy from its grid costs; null: not known'),
	forecast: Forecast.nullable().optional().describe('What its policy knows of signals in advance'),
	loads: z.array(Load).optional(),
	policy: Policy.optional(),
	cap: z.array(CapRule).optional().describe('Power-cap rules; the strictest active one holds'),
});

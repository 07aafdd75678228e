import * as z from 'zod';
import { TraceFile } from './scenario-parts.ts';
import { Duration } from './scenario-requests.ts';

/** The sections of a scenario that say what the grid's energy emits and costs. */

const GridFile = {
	path: z.string().min(1).describe('The file, relative to the scenario file'),
	region: z
		.string()
		.min(1)
		.nullable()
		.default(null)
		.describe('The file’s region, to use it although it is not the location’s'),
	maxGap: Duration.default('3h').describe('Longest gap over which the value before is held'),
};

export const Carbon = z.discriminatedUnion('source', [
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
		source: z
			.literal('file')
			.describe(
				'File of WattTime, Electricity Maps, Energy-Charts or the UK, taken at its own times',
			),
		...GridFile,
		emissionFactors: z
			.enum(['lifecycle', 'direct'])
			.default('lifecycle')
			.describe('Which of the two columns of an Electricity Maps CSV'),
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

/** Figures that are marginal whatever their source; of files and zones that is checked. */
export const MarginalCarbon = z.discriminatedUnion('source', [
	z.strictObject({
		source: z.literal('location').describe('Of the location’s grid, where that is marginal'),
	}),
	z.strictObject({ source: z.literal('zone'), zone: z.string().min(1) }),
	z.strictObject({ source: z.literal('constant'), valueGPerKwh: z.number().nonnegative() }),
	z.strictObject({ source: z.literal('trace'), ...TraceFile }),
	z.strictObject({
		source: z.literal('file').describe('File of WattTime, taken at its own times'),
		...GridFile,
	}),
]);

export const Price = z.discriminatedUnion('source', [
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
	z.strictObject({
		source: z
			.literal('file')
			.describe('Day-ahead prices of ENTSO-E or Energy-Charts, taken at their own times'),
		...GridFile,
		usdPerUnit: z
			.number()
			.positive()
			.nullable()
			.default(null)
			.describe('USD for one unit of the file’s currency; needed unless it is USD'),
	}),
]);

import * as z from 'zod';
import { TraceFile } from './scenario-parts.ts';

/** The sections of a scenario that say what the grid's energy emits and costs. */

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
]);

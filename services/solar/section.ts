import * as z from 'zod';
import { Name } from '../../protocol/readings.ts';
import { Feed } from '../../protocol/scenario/feed.ts';
import { SamplingKey, TraceFile } from '../../protocol/scenario/parts.ts';
import { Extension, SkyYears } from '../../protocol/signals.ts';
import { PvChain } from './chain-keys.ts';

/** A weather file as a sky. */
export const FileSky = z.strictObject({
	type: z
		.literal('file')
		.describe('Irradiance, temperature and wind from a weather file ([weather](weather.md))'),
	path: z.string().min(1).describe('Weather file, relative to the scenario file'),
	column: z
		.string()
		.nullable()
		.default(null)
		.describe('Column, place (by its number from 0) or model, in a file that has several'),
	timezone: z
		.string()
		.nullable()
		.default(null)
		.describe('Zone of date-times whose file says none; null: that of the location'),
	extend: Extension.exclude(['hold'])
		.default('error')
		.describe('What holds where the file has no data; typical years repeat anyway'),
});

const Stochastic = z.strictObject({
	type: z.literal('stochastic').describe('Seeded clouds with the location’s statistics'),
	years: SkyYears.default('typical').describe(
		'Every year a typical one, or good and bad ones, by the seed and the year',
	),
});
const Clear = z.strictObject({ type: z.literal('clear').describe('No clouds') });

/** A live feed as a sky. */
const FeedSky = z.strictObject({
	type: z
		.literal('feed')
		.describe('As it is now: a live feed of irradiance or power ([feeds](feeds.md#weather))'),
	feed: Feed.describe('Whom to ask'),
	gives: z
		.enum(['irradiance', 'power'])
		.default('irradiance')
		.describe('What its values are: on the horizontal, or AC power of the plant'),
	temperature: Feed.nullable()
		.default(null)
		.describe('A feed of the air’s temperature; null: that of the location'),
	wind: Feed.nullable()
		.default(null)
		.describe('A feed of the wind at 10 m; null: that of the location'),
	profile: z
		.discriminatedUnion('type', [Stochastic, Clear])
		.nullable()
		.default(null)
		.describe('The sky while it is silent; needed with `then: profile`'),
});

const Sky = z.discriminatedUnion('type', [
	Stochastic,
	Clear,
	FeedSky,
	z.strictObject({
		type: z
			.literal('trace')
			.describe('AC output from a CSV, as a fraction of the peak power or a power'),
		...TraceFile,
		unit: z
			.enum(['fraction', '%', 'W', 'kW', 'MW', 'Wh', 'kWh', 'MWh'])
			.nullable()
			.default(null)
			.describe(
				'Of the file, an energy being that from one row to the next; null: that in the column’s name, else a fraction of `peakPowerW`',
			),
		sampling: SamplingKey,
	}),
	FileSky,
]);

export type FeedSky = z.infer<typeof FeedSky>;

/** A photovoltaic plant and its sky. */
export const Solar = z.strictObject({
	name: Name.default('solar').describe('Name of the actor and of its column'),
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
	...PvChain,
	sky: Sky.prefault({ type: 'stochastic' }).describe('Where the clouds come from'),
});
export type Solar = z.infer<typeof Solar>;

import * as z from 'zod';
import { EmissionFactors, IntensityKind } from '../signals.ts';
import { Duration } from './duration.ts';
import { Feed } from './feed.ts';
import { OwnSignal } from './own.ts';
import { SamplingKey, TraceFile } from './parts.ts';

/** The sections of a scenario that say what the grid's energy emits and costs. */

const GridFile = {
	path: z.string().min(1).describe('The file, relative to the scenario file'),
	region: z
		.string()
		.min(1)
		.nullable()
		.default(null)
		.describe(
			'The file’s region, to use it although it is not the location’s; which one, where the file has several',
		),
	column: TraceFile.column.describe('Column of the values, where the file has several'),
	decimal: TraceFile.decimal,
	extend: TraceFile.extend,
	maxGap: Duration.default('3h').describe('Longest gap over which the value before is held'),
	sampling: SamplingKey,
};

const IntensityUnits = z.enum(['g/kWh', 'kg/MWh', 'lb/MWh', 'kg/kWh', 't/MWh']);
const IntensityUnit = IntensityUnits.nullable()
	.default(null)
	.describe('Of the file; null: that in the column’s name, else g/kWh; `scale` comes on top');

/** Of a file of a service, which mostly says it itself. */
const FileIntensityUnit = IntensityUnits.nullable()
	.default(null)
	.describe('Of a file that says none; null: that of its format');

const PriceUnit = z.string().regex(/^[A-Z]{3}(ct)?\/[kM]Wh$/, {
	error: 'must be such as USD/kWh, EUR/MWh or EURct/kWh',
});

const Zone = z.string().min(1);
const OurZone = Zone.describe(
	'Grid, country or state of weather-data/, such as DE-LU, IE or US-CO',
);
const Intensity = z.number().nonnegative().describe('The intensity at all times');
const kindOf = 'What the figures are; it stands beside every emission';
const BaseUrl = z.url().optional().describe('Another address of the feed, for tests and mirrors');

const UsdPerUnit = z.number().positive().nullable().default(null);

/** Sources that average and marginal intensity share; of the average, a constant and a trace say which they are. */
const ofZone = z.strictObject({
	source: z.literal('zone').describe('Of a zone that ships with Gridbeat'),
	zone: OurZone,
	sampling: SamplingKey,
});
const ofConstant = z.strictObject({
	source: z.literal('constant').describe('The same at all times'),
	valueGPerKwh: Intensity,
});
const ofTrace = z.strictObject({
	source: z.literal('trace').describe('From a CSV'),
	...TraceFile,
	unit: IntensityUnit,
	sampling: SamplingKey,
});

const ofLocation = z.strictObject({
	source: z.literal('location').describe('Profile or average of the location’s grid'),
	sampling: SamplingKey,
});

/** What is followed while the run goes on, and what holds while it is silent. */
const FEED = {
	source: z
		.literal('feed')
		.describe('A live feed, asked while the run goes on ([feeds](feeds.md#in-a-run))'),
	feed: Feed.describe('Whom to ask, in a word ([feeds](feeds.md)) or by keys'),
	sampling: SamplingKey,
};
const ofFeed = z.strictObject({
	...FEED,
	profile: z
		.discriminatedUnion('source', [ofLocation, ofZone, ofConstant, ofTrace])
		.nullable()
		.default(null)
		.describe('What holds while it is silent, with `then: profile`; null: the location’s grid'),
});

export const Carbon = z.discriminatedUnion('source', [
	ofLocation,
	ofZone,
	ofConstant.extend({ kind: IntensityKind.default('average').describe(kindOf) }),
	ofTrace.extend({ kind: IntensityKind.describe(kindOf) }),
	z.strictObject({
		source: z
			.literal('file')
			.describe(
				'File of a service ([formats](grid-signals.md#files-of-services)), taken at its own times',
			),
		...GridFile,
		unit: FileIntensityUnit,
		emissionFactors: EmissionFactors.default('lifecycle').describe(
			'Which of the two columns of an Electricity Maps CSV',
		),
		kind: IntensityKind.nullable()
			.default(null)
			.describe('Of a file that does not say; null: the file’s'),
	}),
	z.strictObject({
		source: z.literal('uk').describe('UK Carbon Intensity API (no key); fetched before the run'),
		baseUrl: BaseUrl,
		sampling: SamplingKey,
	}),
	z.strictObject({
		source: z
			.literal('electricitymaps')
			.describe('Electricity Maps; token from ELECTRICITYMAPS_TOKEN'),
		zone: Zone.describe('Zone of the feed, such as DE'),
		baseUrl: BaseUrl,
		sampling: SamplingKey,
	}),
	ofFeed,
	OwnSignal.extend({ kind: IntensityKind.describe(kindOf) }),
]);

/** Figures that are marginal whatever their source; of files and zones that is checked. */
export const MarginalCarbon = z.discriminatedUnion('source', [
	z.strictObject({
		source: z.literal('location').describe('Of the location’s grid, where that is marginal'),
		sampling: SamplingKey,
	}),
	ofZone,
	ofConstant,
	ofTrace,
	z.strictObject({
		source: z.literal('file').describe('File of WattTime, taken at its own times'),
		...GridFile,
		unit: FileIntensityUnit,
	}),
	ofFeed,
	OwnSignal,
]);

const constantPrice = z.strictObject({
	source: z.literal('constant').describe('The same at all times'),
	valueUsdPerKwh: z.number().describe('USD/kWh'),
});
const hours = z.array(z.number()).length(24);
const day = {
	weekday: hours.describe('USD/kWh from 00:00 on'),
	weekend: hours.nullable().default(null).describe('null: as on weekdays'),
};
const tariff = z.strictObject({
	source: z.literal('tariff').describe('A price for each hour of the local day'),
	...day,
	seasons: z
		.array(
			z.strictObject({
				months: z.array(z.int().min(1).max(12)).min(1).describe('From 1, January, to 12'),
				...day,
			}),
		)
		.default([])
		.describe('Months with prices of their own; all others have those above')
		.refine(
			(seasons) => {
				const months = seasons.flatMap((season) => season.months);
				return new Set(months).size === months.length;
			},
			{ error: 'two have the same month; give each month once' },
		),
	holidays: z
		.array(
			z.string().regex(/^(\d{4}-)?(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, {
				error: 'must be a date such as 2025-12-25, or 12-25 for each year',
			}),
		)
		.default([])
		.describe('Days that are priced as weekends: dates, or days of each year such as 12-25'),
	sampling: SamplingKey,
});

const ofMarket = z.strictObject({
	source: z.literal('zone').describe('Wholesale, mean days of each month of a market'),
	zone: Zone.describe('Market of weather-data/grid-profiles.json, such as DE-LU'),
	sampling: SamplingKey,
});
const ofHomeMarket = z.strictObject({
	source: z.literal('location').describe('The same of the location’s market'),
	sampling: SamplingKey,
});

/** Prices that are known before the run, of imports and of exports. */
const knownPrices = [
	constantPrice,
	tariff,
	ofHomeMarket,
	ofMarket,
	z.strictObject({
		source: z.literal('trace').describe('From a CSV'),
		...TraceFile,
		unit: PriceUnit.nullable()
			.default(null)
			.describe('Of the file; null: that in the column’s name, else USD/kWh; `scale` comes on top'),
		usdPerUnit: UsdPerUnit.describe('USD for one unit of the currency; needed unless it is USD'),
		sampling: SamplingKey,
	}),
	z.strictObject({
		source: z
			.literal('file')
			.describe(
				'Prices of a market ([formats](grid-signals.md#files-of-services)), taken at their own times',
			),
		...GridFile,
		currency: z
			.string()
			.regex(/^[A-Z]{3}$/, { error: 'must be a code such as EUR' })
			.nullable()
			.default(null)
			.describe('Of a file that names none; null: the file’s'),
		unit: PriceUnit.nullable()
			.default(null)
			.describe('Of a file that says none; null: money per MWh'),
		sequence: z
			.int()
			.positive()
			.nullable()
			.default(null)
			.describe('Which of the auctions of an ENTSO-E file; null: the first, which is said'),
		usdPerUnit: UsdPerUnit.describe(
			'USD for one unit of the file’s currency; needed unless it is USD',
		),
	}),
] as const;

export const Price = z.discriminatedUnion('source', [
	...knownPrices,
	z.strictObject({
		...FEED,
		profile: z
			.discriminatedUnion('source', [constantPrice, tariff, ofHomeMarket, ofMarket])
			.nullable()
			.default(null)
			.describe('What holds while it is silent; needed with `then: profile`'),
	}),
	OwnSignal,
]);

/** What exports earn; below 0 they cost. */
export const ExportPrice = z.discriminatedUnion('source', [
	z.strictObject({
		source: z
			.literal('imports')
			.describe('As imports cost, that times `factor` and `plusUsdPerKwh` more'),
		factor: z.number().nonnegative().default(1).describe('Share of the price of imports'),
		plusUsdPerKwh: z.number().default(0).describe('More than that, or less, USD/kWh'),
	}),
	...knownPrices,
]);

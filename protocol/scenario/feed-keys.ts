import * as z from 'zod';
import { EmissionFactors, IntensityKind, WhenStale } from '../signals.ts';
import { Duration } from './duration.ts';

/**
 * A live source of values, as scenarios and flags name it: whom to ask and how often, what its values are, and what holds when
 * it falls silent. Secrets stand in the environment: a scenario is kept in run folders, so it has the names of variables.
 */

/** Of times that are numbers. */
const TIME_UNITS = ['s', 'ms'] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];

const Staleness = z
	.strictObject({
		after: Duration.nullable()
			.default(null)
			.describe('How old its last answer may get; null: three polls, at least 15min'),
		// biome-ignore lint/suspicious/noThenProperty: nobody awaits a scenario, and after … then is how one says it
		then: WhenStale.default('hold').describe(
			'What holds then: its last value, what holds without the feed, or the run fails',
		),
	})
	.prefault({})
	.describe('When it falls silent');

const Bounds = z
	.strictObject({
		least: z.number().nullable().default(null).describe('null: that of its kind of values'),
		most: z.number().nullable().default(null).describe('null: likewise'),
	})
	.refine(({ least, most }) => least === null || most === null || least <= most, {
		error: 'least must not lie above most',
	})
	.prefault({})
	.describe('Values outside are refused and counted; in the unit in which the run has them');

const always = {
	every: Duration.nullable()
		.default(null)
		.describe('How often it is asked; null: as often as its documentation allows'),
	bounds: Bounds,
	staleness: Staleness,
};

const UsdPerUnit = z
	.number()
	.positive()
	.nullable()
	.default(null)
	.describe('Of prices: USD for one unit of the currency; needed unless it is USD');

/** What a source that carries anything has to say of its values. */
const values = {
	kind: IntensityKind.nullable()
		.default(null)
		.describe('Of intensities, and needed there: which of the two the values are'),
	unit: z
		.string()
		.min(1)
		.nullable()
		.default(null)
		.describe('Of the values, such as lb/MWh or kW; null: that in which the run has them'),
	usdPerUnit: UsdPerUnit,
	scale: z.number().default(1).describe('Factor on the values, on top of their unit'),
	...always,
};

const EnvName = z
	.string()
	.regex(/^[A-Za-z_]\w{0,99}$/, { error: 'must be the name of a variable' });

/** How to log in; the secrets themselves are in the environment. */
const FeedAuth = z
	.union([
		z.strictObject({
			user: z.string().min(1).describe('Name'),
			passwordEnv: EnvName.describe('Variable of the environment with the password'),
		}),
		z.strictObject({
			tokenEnv: EnvName.describe('Variable of the environment with the token (Bearer)'),
		}),
	])
	.nullable()
	.default(null)
	.describe('How to log in; null: without');

/** An address that shows no secret. */
function address(protocol: RegExp, say: string) {
	return z
		.url({ protocol, error: `must be an address such as ${say}` })
		.refine((url) => !URL.canParse(url) || new URL(url).username === '', {
			error:
				'must have no user or password in it: name them by auth, with the variable that holds the secret',
		});
}
const HttpUrl = address(/^https?$/, 'https://example.org/now.json');
const BaseUrl = HttpUrl.optional().describe(
	'Another address of the service, for tests and mirrors',
);

const PATH = 'such as `data[0].value`; `[-1]` is the last, `[*]` each of a list';
const inJson = {
	value: z
		.string()
		.min(1)
		.nullable()
		.default(null)
		.describe(`Where in the JSON the values are, ${PATH}; null: it is a number by itself`),
	time: z
		.string()
		.min(1)
		.nullable()
		.default(null)
		.describe('Where the times of the values are, likewise; null: a value holds from when it came'),
	timeUnit: z
		.enum(TIME_UNITS)
		.nullable()
		.default(null)
		.describe('Of times that are numbers since 1970; null: they are date-times'),
	timezone: z
		.string()
		.nullable()
		.default(null)
		.describe('Zone of date-times without an offset; null: such are refused'),
};

const services = [
	z.strictObject({
		type: z.literal('electricitymaps').describe('Electricity Maps; key in ELECTRICITYMAPS_TOKEN'),
		zone: z.string().min(1).describe('Its zone, such as DE or US-CAL-CISO'),
		emissionFactors: EmissionFactors.default('lifecycle').describe('Which factors'),
		baseUrl: BaseUrl,
		...always,
	}),
	z.strictObject({
		type: z.literal('watttime').describe('WattTime; WATTTIME_USER and WATTTIME_PASSWORD'),
		region: z.string().min(1).describe('Its region, such as CAISO_NORTH'),
		signal: z
			.enum(['co2_moer', 'co2_aoer', 'index'])
			.default('co2_moer')
			.describe('Marginal or average rate, or the percentile, which is no intensity'),
		baseUrl: BaseUrl,
		...always,
	}),
	z.strictObject({
		type: z.literal('uk').describe('UK Carbon Intensity (no key)'),
		region: z
			.string()
			.min(1)
			.nullable()
			.default(null)
			.describe('Postcode such as RG10, or number of a region, 1 to 17; null: Great Britain'),
		baseUrl: BaseUrl,
		...always,
	}),
	z.strictObject({
		type: z.literal('energy-charts').describe('Energy-Charts (no key): intensity or price'),
		zone: z.string().min(1).describe('Country such as DE; of prices a bidding zone such as DE-LU'),
		usdPerUnit: UsdPerUnit,
		baseUrl: BaseUrl,
		...always,
	}),
	z.strictObject({
		type: z.literal('entsoe').describe('ENTSO-E day-ahead prices; key in ENTSOE_TOKEN'),
		zone: z.string().min(1).describe('EIC code of the bidding zone, such as 10Y1001A1001A82H'),
		usdPerUnit: UsdPerUnit,
		baseUrl: BaseUrl,
		...always,
	}),
	z.strictObject({
		type: z.literal('open-meteo').describe('Open-Meteo (no key): irradiance, temperature or wind'),
		latitude: z.number().min(-90).max(90).nullable().default(null).describe('null: the location’s'),
		longitude: z
			.number()
			.min(-180)
			.max(180)
			.nullable()
			.default(null)
			.describe('null: the location’s'),
		baseUrl: BaseUrl,
		...always,
	}),
	z.strictObject({
		type: z.literal('eia').describe('EIA hourly grid monitor of the US; key in EIA_API_KEY'),
		respondent: z.string().min(1).describe('Balancing authority such as CISO'),
		baseUrl: BaseUrl,
		...always,
	}),
] as const;

const sources = [
	z.strictObject({
		type: z.literal('prometheus').describe('Any query of a Prometheus that gives one series'),
		url: HttpUrl.describe('Its address, such as http://localhost:9090'),
		query: z.string().min(1).describe('PromQL, such as `sum(power_watts)`'),
		range: Duration.nullable()
			.default(null)
			.describe('Ask for so long a past each time; null: for the present value'),
		step: Duration.default('60s').describe('Distance of the values of a range'),
		auth: FeedAuth,
		...values,
	}),
	z.strictObject({
		type: z.literal('http').describe('JSON at an address'),
		url: HttpUrl.describe('The address'),
		...inJson,
		headersEnv: z
			.record(z.string().regex(/^[\w-]+$/), EnvName)
			.default({})
			.describe('Headers whose values stand in variables of the environment, such as X-Api-Key'),
		auth: FeedAuth,
		...values,
	}),
	z.strictObject({
		type: z.literal('nats').describe('Messages of a NATS subject: JSON or a number'),
		subject: z
			.string()
			.regex(/^[^\s.]+(\.[^\s.]+)*$/, { error: 'must be words with dots between them' })
			.describe('Subject, also with * and >'),
		server: z
			.string()
			.min(1)
			.refine((url) => !url.includes('@'), { error: 'must have no user or password in it' })
			.nullable()
			.default(null)
			.describe('Its address; null: NATS_URL. Logins are those of NATS_USER and so on'),
		...inJson,
		...values,
	}),
	z.strictObject({
		type: z.literal('mqtt').describe('Messages of an MQTT topic: JSON or a number'),
		url: address(/^(mqtts?|wss?)$/, 'mqtt://broker:1883').describe('The broker'),
		topic: z.string().min(1).max(65_535).describe('Topic, also with + and #'),
		qos: z.literal([0, 1, 2]).default(0).describe('Quality of service'),
		...inJson,
		auth: FeedAuth,
		...values,
	}),
	z.strictObject({
		type: z.literal('csv').describe('A CSV that somebody appends to'),
		path: z.string().min(1).describe('The file, relative to the scenario file'),
		column: z
			.string()
			.nullable()
			.default(null)
			.describe('Column of the values; needed if there are several'),
		timeUnit: inJson.timeUnit,
		timezone: inJson.timezone,
		...values,
	}),
] as const;

/** The keys of a feed, by its type. */
export const FeedKeys = z.discriminatedUnion('type', [...services, ...sources]);

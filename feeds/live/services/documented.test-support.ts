import { Feed } from '../../../protocol/scenario/feed.ts';
import {
	ASK,
	type Asked,
	type FakeAnswer,
	fakeEnv,
	withSource,
} from '../fake-source.test-support.ts';
import type { FeedAnswer, FeedWanted } from '../feed.ts';
import { openFeed } from '../open-feed.ts';
import {
	eiaAnswer,
	electricityMapsAnswer,
	entsoeDocument,
	entsoeSeries,
	marketDays,
	NOW_MS,
	openMeteoAnswer,
	quarters,
	stampMs,
	ukAnswer,
	type ukHalfHour,
	wattTimeAnswer,
} from './documented-answers.test-support.ts';

/** Each service with an answer as its documentation has it, around `NOW_MS`. */
export interface Documented {
	readonly feed: (baseUrl: string) => Feed;
	readonly wanted: FeedWanted;
	readonly keys: Readonly<Record<string, string>>;
	/** A whole server: what it answers to each of its addresses. */
	readonly answer: (asked: Asked) => FakeAnswer;
}

/** A feed by its keys, asked at a server of the test. */
export function feedOf(keys: object): (baseUrl: string) => Feed {
	return (baseUrl) => Feed.parse({ ...keys, baseUrl });
}

const CARBON: FeedWanted = { quantity: 'carbon', place: null };

const WATTTIME_KEYS = { WATTTIME_USER: 'somebody', WATTTIME_PASSWORD: 'pass/word+1' };

function openMeteoDocumented(
	quantity: FeedWanted['quantity'],
	variable: string,
	unit: string,
	value: number,
): Documented {
	return {
		feed: feedOf({ type: 'open-meteo' }),
		wanted: { quantity, place: { latitude: 52.52, longitude: 13.41 } },
		keys: {},
		answer: (asked) => openMeteoAnswer(asked, variable, unit, value),
	};
}

export const DOCUMENTED: Readonly<Record<string, Documented>> = {
	electricitymaps: {
		feed: feedOf({ type: 'electricitymaps', zone: 'DE' }),
		wanted: CARBON,
		keys: { ELECTRICITYMAPS_TOKEN: 'em-s3cret' },
		answer: electricityMapsAnswer,
	},
	uk: {
		feed: feedOf({ type: 'uk' }),
		wanted: CARBON,
		keys: {},
		answer: ({ path }) => ukAnswer(path),
	},
	'uk region': {
		feed: feedOf({ type: 'uk', region: 'RG10' }),
		wanted: CARBON,
		keys: {},
		answer: ({ path }) => {
			const { body } = ukAnswer(path) as { body: { data: ReturnType<typeof ukHalfHour>[] } };
			const data = body.data.map(({ from, to, intensity: { forecast, index } }) => ({
				...{ from, to, intensity: { forecast, index } },
				generationmix: [{ fuel: 'gas', perc: 43.6 }],
			}));
			return {
				body: { data: { regionid: 12, dnoregion: 'SSE South', shortname: 'South England', data } },
			};
		},
	},
	watttime: {
		feed: feedOf({ type: 'watttime', region: 'CAISO_NORTH' }),
		wanted: { quantity: 'marginal-carbon', place: null },
		keys: WATTTIME_KEYS,
		answer: (asked) => wattTimeAnswer(asked, 'co2_moer'),
	},
	'watttime average': {
		feed: feedOf({ type: 'watttime', region: 'CAISO_NORTH', signal: 'co2_aoer' }),
		wanted: CARBON,
		keys: WATTTIME_KEYS,
		answer: (asked) => wattTimeAnswer(asked, 'co2_aoer'),
	},
	'watttime index': {
		feed: feedOf({ type: 'watttime', region: 'PJM_NJ', signal: 'index' }),
		wanted: { quantity: 'carbon-index', place: null },
		keys: WATTTIME_KEYS,
		answer: (asked) => wattTimeAnswer(asked, 'co2_moer'),
	},
	'energy-charts': {
		feed: feedOf({ type: 'energy-charts', zone: 'DE' }),
		wanted: CARBON,
		keys: {},
		answer: (asked) => {
			const times = quarters(asked);
			const isPast = (second: number) => second * 1000 < NOW_MS;
			const co2eq = times.map((second) => (isPast(second) ? 491.5 : null));
			const ahead = times.map((second) => (isPast(second) ? null : 505.0));
			return {
				body: { unix_seconds: times, co2eq, co2eq_forecast: ahead, deprecated: false },
			};
		},
	},
	'energy-charts price': {
		feed: feedOf({ type: 'energy-charts', zone: 'DE-LU', usdPerUnit: 1.1 }),
		wanted: { quantity: 'price', place: null },
		keys: {},
		answer: (asked) => {
			const times = quarters(asked);
			return {
				body: {
					license_info:
						'CC BY 4.0 (creativecommons.org/licenses/by/4.0) from Bundesnetzagentur | SMARD.de',
					...{ unix_seconds: times, price: times.map(() => 89.2), unit: 'EUR / MWh' },
					deprecated: false,
				},
			};
		},
	},
	entsoe: {
		feed: feedOf({ type: 'entsoe', zone: '10Y1001A1001A82H', usdPerUnit: 1.1 }),
		wanted: { quantity: 'price', place: null },
		keys: { ENTSOE_TOKEN: 'e-s3cret-4711' },
		answer: ({ query }) => {
			const [from, until] = ['periodStart', 'periodEnd'].map((key) => stampMs(query.get(key)));
			// Whole days of Central Europe: also those that the span only touches.
			const days = marketDays(from ?? 0, until ?? 0);
			return { body: entsoeDocument(days.map((day) => entsoeSeries(day, () => 89.2)).join('')) };
		},
	},
	'open-meteo irradiance': openMeteoDocumented('irradiance', 'shortwave_radiation', 'W/m²', 250),
	'open-meteo temperature': openMeteoDocumented('temperature', 'temperature_2m', '°C', 7.4),
	'open-meteo wind': openMeteoDocumented('wind-speed', 'wind_speed_10m', 'm/s', 5.2),
	eia: {
		feed: feedOf({ type: 'eia', respondent: 'CISO' }),
		wanted: CARBON,
		keys: { EIA_API_KEY: 'eia-s3cret' },
		answer: (asked) =>
			eiaAnswer(asked, { NG: '8120', SUN: '5000', NUC: '2260', BAT: '-900', OTH: '100' }),
	},
	'eia demand': {
		feed: feedOf({ type: 'eia', respondent: 'CISO' }),
		wanted: { quantity: 'power', place: null },
		keys: { EIA_API_KEY: 'eia-s3cret' },
		answer: (asked) => eiaAnswer(asked, { D: '25310' }),
	},
};

/** What a feed answers to a poll at `NOW_MS` while a server answers by a function. */
export async function polled(
	feed: (baseUrl: string) => Feed,
	wanted: FeedWanted,
	answer: (asked: Asked) => FakeAnswer,
	more: { keys?: Readonly<Record<string, string>>; atMs?: number } = {},
): Promise<FeedAnswer> {
	let found: FeedAnswer | 'unchanged' = 'unchanged';
	await withSource(answer, async (baseUrl) => {
		const { keys = {}, atMs = NOW_MS } = more;
		const opened = await openFeed(feed(baseUrl), wanted, fakeEnv({ atMs, keys }));
		found = await opened.poll(atMs, ASK.signal);
	});
	if (found === 'unchanged') throw new Error('a first answer is new');
	return found;
}

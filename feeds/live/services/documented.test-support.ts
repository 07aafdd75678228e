import { Feed } from '../../../protocol/scenario/feed.ts';
import type { Asked, FakeAnswer } from '../fake-source.test-support.ts';
import type { FeedWanted } from '../feed.ts';

/** Each service with an answer as its documentation has it, around `NOW_MS`. */
export interface Documented {
	readonly feed: (baseUrl: string) => Feed;
	readonly wanted: FeedWanted;
	readonly keys: Readonly<Record<string, string>>;
	/** A whole server: what it answers to each of its addresses. */
	readonly answer: (asked: Asked) => FakeAnswer;
}

export const NOW_MS = Date.parse('2026-11-20T12:20:00Z');
const HOUR_MS = 3_600_000;

const iso = (ms: number) => new Date(ms).toISOString();

function feedOf(keys: object): (baseUrl: string) => Feed {
	return (baseUrl) => Feed.parse({ ...keys, baseUrl });
}

const CARBON: FeedWanted = { quantity: 'carbon', place: null };

/** Hours from `fromMs` on, up to and without `untilMs`. */
function hours<T>(fromMs: number, untilMs: number, make: (ms: number) => T): T[] {
	const first = Math.ceil(fromMs / HOUR_MS);
	const count = Math.max(Math.ceil(untilMs / HOUR_MS) - first, 0);
	return Array.from({ length: count }, (_, i) => make((first + i) * HOUR_MS));
}

function electricityMapsItem(ms: number) {
	return {
		zone: 'DE',
		carbonIntensity: 466,
		datetime: iso(ms),
		updatedAt: iso(ms),
		createdAt: iso(ms),
		emissionFactorType: 'lifecycle',
		isEstimated: true,
		estimationMethod: 'TIME_SLICER_AVERAGE',
	};
}

function ukHalfHour(ms: number) {
	const minute = (at: number) => `${iso(at).slice(0, 16)}Z`;
	const actual = ms + HOUR_MS / 2 <= NOW_MS ? 263 : null;
	return {
		from: minute(ms),
		to: minute(ms + HOUR_MS / 2),
		intensity: { forecast: 266, actual, index: 'moderate' },
	};
}

function ukAnswer(path: string): FakeAnswer {
	const [, from = '', to = ''] = /\/intensity\/([^/]+)\/([^/]+)/.exec(path) ?? [];
	const fromMs = Date.parse(from);
	const untilMs = to === 'fw48h' ? fromMs + 48 * HOUR_MS : Date.parse(to);
	const count = (untilMs - fromMs) / (HOUR_MS / 2);
	const data = Array.from({ length: count }, (_, i) => ukHalfHour(fromMs + (i * HOUR_MS) / 2));
	return { body: { data } };
}

export const DOCUMENTED: Readonly<Record<string, Documented>> = {
	electricitymaps: {
		feed: feedOf({ type: 'electricitymaps', zone: 'DE' }),
		wanted: CARBON,
		keys: { ELECTRICITYMAPS_TOKEN: 'em-s3cret' },
		answer: ({ path, query }) => {
			switch (path.split('/').at(-1)) {
				case 'history':
					return {
						body: {
							zone: 'DE',
							history: hours(NOW_MS - 24 * HOUR_MS, NOW_MS, electricityMapsItem),
						},
					};
				case 'forecast': {
					const forecast = hours(NOW_MS, NOW_MS + 24 * HOUR_MS, (ms) => ({
						carbonIntensity: 210,
						datetime: iso(ms),
					}));
					return { body: { zone: 'DE', forecast, updatedAt: iso(NOW_MS) } };
				}
				case 'past-range': {
					const [start, end] = ['start', 'end'].map((key) => Date.parse(query.get(key) ?? ''));
					return { body: { data: hours(start ?? 0, end ?? 0, electricityMapsItem) } };
				}
				default:
					return { body: electricityMapsItem(Math.floor(NOW_MS / HOUR_MS) * HOUR_MS) };
			}
		},
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
};

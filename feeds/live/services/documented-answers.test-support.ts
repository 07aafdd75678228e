import { DateTime } from 'luxon';
import type { Asked, FakeAnswer } from '../fake-source.test-support.ts';

/** Answers as the documentation of each service has them. */

export const NOW_MS = Date.parse('2026-11-20T12:20:00Z');
const HOUR_MS = 3_600_000;

const iso = (ms: number) => new Date(ms).toISOString();

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

export function ukHalfHour(ms: number) {
	const minute = (at: number) => `${iso(at).slice(0, 16)}Z`;
	const actual = ms + HOUR_MS / 2 <= NOW_MS ? 263 : null;
	return {
		from: minute(ms),
		to: minute(ms + HOUR_MS / 2),
		intensity: { forecast: 266, actual, index: 'moderate' },
	};
}

export function ukAnswer(path: string): FakeAnswer {
	const [, from = '', to = ''] = /\/intensity\/([^/]+)\/([^/]+)/.exec(path) ?? [];
	const fromMs = Date.parse(from);
	const untilMs = to === 'fw48h' ? fromMs + 48 * HOUR_MS : Date.parse(to);
	const count = (untilMs - fromMs) / (HOUR_MS / 2);
	const data = Array.from({ length: count }, (_, i) => ukHalfHour(fromMs + (i * HOUR_MS) / 2));
	return { body: { data } };
}

export function wattTimeAnswer({ path, query, headers }: Asked, type: string): FakeAnswer {
	if (path === '/login') return { body: { token: 'wt-t0ken' } };
	if (headers.authorization !== 'Bearer wt-t0ken') return { status: 401, body: { error: 'token' } };
	const isIndex = path === '/v3/signal-index';
	const stepMs = HOUR_MS / 12;
	const nowMs = Math.floor(NOW_MS / stepMs) * stepMs;
	const [start, end] = ['start', 'end'].map((key) => Date.parse(query.get(key) ?? ''));
	const [fromMs, toMs] =
		path === '/v3/historical'
			? [Math.ceil((start ?? 0) / stepMs) * stepMs, end ?? 0]
			: [nowMs, isIndex ? nowMs : nowMs + 24 * HOUR_MS - stepMs];
	const count = Math.floor((toMs - fromMs) / stepMs) + 1;
	return {
		body: {
			data: Array.from({ length: count }, (_, i) => ({
				point_time: iso(fromMs + i * stepMs).replace('.000Z', '+00:00'),
				value: isIndex ? 43 : 870.5,
			})),
			meta: {
				...{ region: query.get('region'), signal_type: type, data_point_period_seconds: 300 },
				units: isIndex ? 'percentile' : 'lbs_co2_per_mwh',
				...{ warnings: [], model: { date: '2024-10-01' } },
				...{ generated_at_period_seconds: 300, generated_at: iso(nowMs) },
			},
		},
	};
}

/** The quarters of an hour that a request to Energy-Charts covers, in seconds. */
export function quarters({ query }: Asked): number[] {
	const [start, end] = ['start', 'end'].map((key) => Date.parse(query.get(key) ?? '') / 1000);
	return Array.from(
		{ length: ((end ?? 0) - (start ?? 0)) / 900 },
		(_, i) => (start ?? 0) + i * 900,
	);
}

/** `202611201200` as it is in ENTSO-E’s requests. */
export function stampMs(stamp: string | null): number {
	const [, date = '', hour = '', minute = ''] = /^(\d{8})(\d\d)(\d\d)$/.exec(stamp ?? '') ?? [];
	return Date.parse(`${date.replace(/(....)(..)(..)/, '$1-$2-$3')}T${hour}:${minute}Z`);
}

/** The days of Central Europe that a span touches, each from midnight to midnight of its clocks. */
export function marketDays(fromMs: number, untilMs: number): { startMs: number; endMs: number }[] {
	const zone = { zone: 'Europe/Berlin' };
	const days: { startMs: number; endMs: number }[] = [];
	let day = DateTime.fromMillis(fromMs, zone).startOf('day');
	for (; day.toMillis() < untilMs; day = day.plus({ days: 1 }))
		days.push({ startMs: day.toMillis(), endMs: day.plus({ days: 1 }).toMillis() });
	return days;
}

const entsoeMinute = (ms: number) => `${iso(ms).slice(0, 16)}Z`;

/** A day of prices every quarter of an hour, where they change. */
export function entsoeSeries(
	{ startMs, endMs }: { startMs: number; endMs: number },
	price: (position: number) => number | null,
	more: { resolution?: string; curve?: string; sequence?: number; currency?: string } = {},
): string {
	const { resolution = 'PT15M', curve = 'A03', sequence = 1, currency = 'EUR' } = more;
	const stepMs = Number(/\d+/.exec(resolution)?.[0]) * 60_000;
	const points: string[] = [];
	let last: number | null = null;
	for (let position = 1; position <= (endMs - startMs) / stepMs; position++) {
		const value = price(position);
		if (value !== null && (curve === 'A01' || value !== last))
			points.push(
				`<Point><position>${position}</position><price.amount>${value}</price.amount></Point>`,
			);
		last = value;
	}
	return `<TimeSeries>
  <mRID>1</mRID><auction.type>A01</auction.type><businessType>A62</businessType>
  <in_Domain.mRID codingScheme="A01">10Y1001A1001A82H</in_Domain.mRID>
  <out_Domain.mRID codingScheme="A01">10Y1001A1001A82H</out_Domain.mRID>
  <contract_MarketAgreement.type>A01</contract_MarketAgreement.type>
  <currency_Unit.name>${currency}</currency_Unit.name><price_Measure_Unit.name>MWH</price_Measure_Unit.name>
  <classificationSequence_AttributeInstanceComponent.position>${sequence}</classificationSequence_AttributeInstanceComponent.position>
  <curveType>${curve}</curveType>
  <Period>
    <timeInterval><start>${entsoeMinute(startMs)}</start><end>${entsoeMinute(endMs)}</end></timeInterval>
    <resolution>${resolution}</resolution>${points.join('')}
  </Period>
</TimeSeries>`;
}

export function entsoeDocument(series: string): string {
	return `<?xml version="1.0" encoding="utf-8"?>
<Publication_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-3:publicationdocument:7:3">
  <mRID>d5d4</mRID><revisionNumber>1</revisionNumber><type>A44</type>
  <createdDateTime>2026-11-20T12:16:57Z</createdDateTime>${series}
</Publication_MarketDocument>`;
}

/** Values of Open-Meteo for each hour of the days that were asked for. */
export function openMeteoAnswer(
	{ query }: Asked,
	variable: string,
	unit: string,
	value: number,
): FakeAnswer {
	const dayMs = 24 * HOUR_MS;
	const today = Math.floor(NOW_MS / dayMs) * dayMs;
	const day = (key: string, otherwise: number) =>
		query.has(key) ? Date.parse(query.get(key) ?? '') : otherwise;
	const fromMs = day('start_date', today - dayMs * Number(query.get('past_days')));
	const lastMs = day('end_date', today + dayMs * (Number(query.get('forecast_days')) - 1));
	const time = hours(fromMs, lastMs + dayMs, (ms) => ms / 1000);
	return {
		body: {
			...{ latitude: 52.52, longitude: 13.419998, generationtime_ms: 2.2, elevation: 38 },
			...{ utc_offset_seconds: 0, timezone: 'GMT', timezone_abbreviation: 'GMT' },
			hourly_units: { time: 'unixtime', [variable]: unit },
			hourly: { time, [variable]: time.map(() => value) },
		},
	};
}

/** One row an hour and fuel (or kind of figure), from what was asked for until the last hour that is over. */
export function eiaAnswer({ query }: Asked, values: Readonly<Record<string, string>>): FakeAnswer {
	const [start, end] = ['start', 'end'].map((key) => Date.parse(`${query.get(key)}:00:00Z`));
	const periods = hours(start ?? 0, Math.min((end ?? 0) + 1, NOW_MS), (ms) => iso(ms).slice(0, 13));
	const isDemand = 'D' in values;
	const data = periods.flatMap((period) =>
		Object.entries(values).map(([code, value]) => ({
			...{ period, respondent: 'CISO' },
			'respondent-name': 'California Independent System Operator',
			...(isDemand ? { type: code } : { fueltype: code }),
			...{ 'type-name': code, value, 'value-units': 'megawatthours' },
		})),
	);
	return {
		body: {
			response: { total: String(data.length), dateFormat: 'YYYY-MM-DD"T"HH24', data },
			apiVersion: '2.1.8',
		},
	};
}

export function electricityMapsAnswer({ path, query }: Asked): FakeAnswer {
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
}

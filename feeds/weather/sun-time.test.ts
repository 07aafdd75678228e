import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { clearSkyAt } from '../sky/site-sky.ts';
import { readWeather } from './read-weather.ts';
import { sunTime, sunTimeText } from './sun-time.ts';
import { readText } from './weather-text.test-support.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const GOLDEN = { latitude: 39.7, longitude: -105.2, altitudeM: 1800, linkeTurbidity: 3 };

interface Made {
	readonly days?: number;
	readonly stepMs?: number;
	/** Of the stamps, from the middle of each interval, minutes; by the instant. */
	readonly late: (epochMs: number) => number;
	readonly site?: typeof GOLDEN;
	/** How much clouds let through. */
	readonly clouds?: (epochMs: number) => number;
	readonly label?: string;
}

/** A table of global light under a cloudless sky, whose stamps are so many minutes after the middles of their intervals. */
function text({
	days = 365,
	stepMs = HOUR_MS,
	late,
	site = GOLDEN,
	clouds = () => 1,
	label = 'centre',
}: Made): string {
	const rows = Array.from({ length: (days * 24 * HOUR_MS) / stepMs }, (_, i) => {
		const middleMs = Date.UTC(2023, 0, 1, 7) + (i + 0.5) * stepMs;
		const { clear } = clearSkyAt(middleMs, site);
		const stamp = new Date(middleMs + late(middleMs) * MINUTE_MS).toISOString();
		return `${stamp},${(clear.ghi * clouds(middleMs)).toFixed(2)}`;
	});
	return [`# label: ${label}`, 'time,ghi', ...rows].join('\n');
}

const found = (made: Made) => sunTime(readText(text(made)), made.site ?? GOLDEN);

test('a file in time with the sun is so, in any step and from a day on', () => {
	for (const [days, stepMs] of [
		[365, HOUR_MS],
		[60, HOUR_MS / 4],
		[2, 5 * MINUTE_MS],
		[1, HOUR_MS],
	] as const) {
		const time = found({ days, stepMs, late: () => 0 });
		assert.ok(Math.abs(time?.minutes ?? 99) <= 1, `${days} d in ${stepMs} ms: ${time?.minutes}`);
		assert.is(time?.cause, null);
	}
});

test('a shift is found to the minute, with its sign, also under clouds of the afternoon', () => {
	for (const late of [-10, 17, -240])
		assert.ok(
			Math.abs((found({ days: 60, late: () => late })?.minutes ?? 999) + late) <= 1,
			`${late}`,
		);
	const afternoons = (epochMs: number) => {
		const solarHour = (epochMs / HOUR_MS - 7) % 24;
		const day = Math.floor(epochMs / (24 * HOUR_MS));
		return solarHour > 13 && day % 3 !== 0 ? 0.3 : 1;
	};
	const time = found({ late: () => 0, clouds: afternoons });
	assert.ok(Math.abs(time?.minutes ?? 99) <= 4, `${time?.minutes}`);
});

test('the likely cause is named: the label of intervals, the zone, the sign of the longitude, the clock in summer', () => {
	const starts = found({ late: () => -30 });
	assert.is(starts?.isOff, true);
	assert.match(
		sunTimeText(starts as NonNullable<typeof starts>),
		/^the light is 30 min before the sun on \d+ cloudless days; perhaps its stamps are the starts of intervals, not the middles$/,
	);
	assert.match(String(found({ late: () => 30 })?.cause), /the ends of intervals, not the middles/);
	assert.match(
		String(found({ late: () => 30, label: 'left' })?.cause),
		/^its stamps are the ends of intervals, not the starts, or its time zone is 1 h too far west$/,
	);
	assert.match(String(found({ late: () => 180 })?.cause), /^its time zone is 3 h too far west$/);
	const summer = (epochMs: number) => {
		const month = new Date(epochMs).getUTCMonth();
		return month >= 3 && month <= 9 ? 60 : 0;
	};
	const time = found({ late: summer });
	assert.match(String(time?.cause), /its clock is put forward in summer/);
	assert.is(time?.minutes, -60);
	const wrong = { ...GOLDEN, longitude: 105.2 };
	const mirrored = sunTime(readText(text({ days: 60, late: () => 0 })), wrong);
	assert.match(String(mirrored?.cause), /the sign of its longitude is wrong/);
});

test('files without light or without a cloudless day say nothing', () => {
	assert.is(
		sunTime(readText('time,temp_air\n2023-01-01T00:00Z,1\n2023-01-01T01:00Z,1\n'), GOLDEN),
		null,
	);
	const broken = (epochMs: number) => ((epochMs / HOUR_MS) * 7919) % 1;
	assert.is(
		found({
			days: 5,
			late: () => 0,
			clouds: (ms) => (Math.floor(ms / HOUR_MS) % 3 === 0 ? 1 : 0.1) * (0.5 + broken(ms)),
		}),
		null,
	);
});

test('direct and diffuse light tell it as well', () => {
	const rows = Array.from({ length: 24 * 30 }, (_, i) => {
		const middleMs = Date.UTC(2023, 5, 1, 7) + (i + 0.5) * HOUR_MS;
		const { clear } = clearSkyAt(middleMs, GOLDEN);
		return `${new Date(middleMs + 30 * MINUTE_MS).toISOString()},${clear.dni},${clear.dhi}`;
	});
	const time = sunTime(readText(['# label: centre', 'time,dni,dhi', ...rows].join('\n')), GOLDEN);
	assert.ok(Math.abs((time?.minutes ?? 99) + 30) <= 2, `${time?.minutes}`);
});

test('rows of PVGIS are at their offset to the sun, and in time with it once that is read', () => {
	const light =
		'4:36 5:192 6:374 7:549 8:704 9:829 10:914 11:954 12:945 13:890 14:790 15:654 16:490 17:311 18:132 19:10';
	const known = new Map(
		light.split(' ').map((row) => row.split(':').map(Number) as [number, number]),
	);
	const file = (offset: string) =>
		[
			...['Latitude (decimal degrees): 45.0', 'Longitude (decimal degrees): 8.0', offset],
			'time(UTC),G(h)',
			...Array.from(
				{ length: 24 },
				(_, h) => `20180621:${String(h).padStart(2, '0')}00,${known.get(h) ?? 0}`,
			),
		].join('\n');
	const minutes = (offset: string) =>
		sunTime(readWeather(file(offset), 'x', { column: null, timezone: 'UTC' }), {
			latitude: 45,
			longitude: 8,
		})?.minutes ?? 99;
	const [without, with_] = [
		minutes('Elevation (m): 250'),
		minutes('Irradiance Time Offset (h): 0.1761'),
	];
	assert.ok(Math.abs(without - 10) <= 1, `${without}`);
	assert.ok(Math.abs(with_) <= 1, `${with_}`);
});

test.run();

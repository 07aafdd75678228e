import * as z from 'zod';
import { arrange, type CivilSpan, checkNoGap, chunks, widen } from './coverage.ts';
import { type FeedClient, fetchJson } from './fetch-json.ts';
import type { SeriesPoint } from './grid-values.ts';

export const UK_BASE_URL = 'https://api.carbonintensity.org.uk';
export const UK_NAME = 'UK Carbon Intensity';
const HALF_HOUR_MS = 30 * 60_000;
/** A request covers at most 14 days. */
const WINDOW_MS = 14 * 24 * 60 * 60_000;

const Instant = z.iso.datetime({ precision: -1 }).or(z.iso.datetime());
const Value = z.number().nonnegative().nullable();

/** `/intensity/{from}/{to}`: half-hours, g CO2 per kWh. */
const Intensity = z.object({
	data: z.array(
		z.object({
			from: Instant,
			intensity: z.object({ forecast: Value, actual: Value }),
		}),
	),
});

/**
 * The national average intensity of Great Britain: measured where there is a measurement, else the forecast
 * (some 48 hours ahead). One request covers past and future alike.
 */
export async function fetchUk(
	client: FeedClient,
	baseUrl: string,
	span: CivilSpan,
): Promise<SeriesPoint[]> {
	const whole = widen(span, HALF_HOUR_MS);
	const points: SeriesPoint[] = [];
	for (const part of chunks(whole, WINDOW_MS)) {
		const url = `${baseUrl}/intensity/${minute(part.startEpochMs)}/${minute(part.endEpochMs)}`;
		const { data } = await fetchJson(client, url, Intensity);
		for (const { from, intensity } of data) {
			const value = intensity.actual ?? intensity.forecast;
			// A half-hour without any value is a gap, which is reported below, with its time.
			if (value !== null) points.push({ epochMs: Date.parse(from), value });
		}
	}
	const arranged = arrange(points, span);
	checkNoGap(UK_NAME, arranged, span, HALF_HOUR_MS);
	return arranged;
}

/** `2018-01-20T12:00Z`, as the API writes times. */
function minute(epochMs: number): string {
	return `${new Date(epochMs).toISOString().slice(0, 16)}Z`;
}

import { ConfigError } from '../../protocol/errors.ts';
import type { IntensityKind } from '../../protocol/signals.ts';
import type { CivilSpan } from './coverage.ts';
import {
	ELECTRICITY_MAPS_BASE_URL,
	ELECTRICITY_MAPS_NAME,
	fetchElectricityMaps,
} from './electricity-maps.ts';
import type { FeedClient } from './fetch-json.ts';
import type { SeriesPoint } from './grid-values.ts';
import { isoInstant } from './reader.ts';
import { fetchUk, UK_BASE_URL, UK_NAME } from './uk-carbon-intensity.ts';

const FEEDS = ['uk', 'electricitymaps'] as const;
export type Feed = (typeof FEEDS)[number];

export interface FetchSeriesOptions extends CivilSpan {
	/** The feed's own id of the grid, such as DE or US-CAL-CISO; 'GB' for the British feed. */
	readonly zone: string;
	/** What is past and what is to come. */
	readonly nowEpochMs: number;
	/** For one request. */
	readonly timeoutMs: number;
	/** Default: the feed's public address. */
	readonly baseUrl?: string;
	/** Default: Node's own. */
	readonly fetch?: typeof fetch;
	/** Default: process.env. ELECTRICITYMAPS_TOKEN is read. */
	readonly env?: NodeJS.ProcessEnv;
	/** The pause before the first retry; doubled each time. Default: 1 s. */
	readonly retryBaseMs?: number;
}

/** What a feed gave, to be kept with the run: the run itself fetches nothing. */
export interface FeedSeries {
	readonly feed: Feed;
	readonly zone: string;
	readonly kind: IntensityKind;
	/** g/kWh; the first point holds at the span's start. */
	readonly points: readonly SeriesPoint[];
	/** What stands in for what was asked for, in sentences for people; empty when nothing does. */
	readonly notes: readonly string[];
	/** Whom to name, as the feed's licence requires. */
	readonly attribution: string;
}

const RETRY_BASE_MS = 1000;

/**
 * Asks a live feed for the carbon intensity over a span: measurements where it is past, else the forecast. Done
 * before a run; the run gets the points as a source of type 'series' and so can be repeated.
 *
 * @throws ConfigError in one line for whatever goes wrong; never shows the token
 */
export async function fetchSeries(feed: Feed, options: FetchSeriesOptions): Promise<FeedSeries> {
	const { startEpochMs, endEpochMs, zone } = options;
	if (!(endEpochMs > startEpochMs))
		throw new ConfigError(
			`Cannot fetch carbon intensity from ${isoInstant(startEpochMs)} to ${isoInstant(endEpochMs)}: the span is empty`,
		);
	const span = { startEpochMs, endEpochMs };
	if (feed === 'uk') {
		if (zone.toUpperCase() !== 'GB')
			throw new ConfigError(
				`Cannot fetch carbon intensity of zone "${zone}" from ${UK_NAME}: it has "GB" only; use GB or another feed`,
			);
		const points = await fetchUk(ukClient(options), options.baseUrl ?? UK_BASE_URL, span);
		const attribution = 'carbonintensity.org.uk, National Grid ESO, CC BY 4.0';
		return { feed, zone: 'GB', kind: 'average', points, notes: [], attribution };
	}
	if (zone.trim() === '')
		throw new ConfigError(
			`Cannot fetch carbon intensity from ${ELECTRICITY_MAPS_NAME}: the zone is empty; name one such as "DE" or "US-CAL-CISO"`,
		);
	const answer = await fetchElectricityMaps(electricityMapsClient(options), {
		...span,
		zone,
		nowEpochMs: options.nowEpochMs,
		baseUrl: options.baseUrl ?? ELECTRICITY_MAPS_BASE_URL,
	});
	return { feed, zone, kind: 'average', ...answer, attribution: 'electricitymaps.com' };
}

function ukClient(options: FetchSeriesOptions): FeedClient {
	return { ...commonClient(options), name: UK_NAME, headers: {}, secret: null, advice: {} };
}

function electricityMapsClient(options: FetchSeriesOptions): FeedClient {
	const token = (options.env ?? process.env)['ELECTRICITYMAPS_TOKEN']?.trim() ?? '';
	if (token === '')
		throw new ConfigError(
			`Cannot fetch from ${ELECTRICITY_MAPS_NAME}: ELECTRICITYMAPS_TOKEN is not set; get a token at electricitymaps.com and set it, or use a profile or a trace`,
		);
	return {
		...commonClient(options),
		name: ELECTRICITY_MAPS_NAME,
		headers: { 'auth-token': token },
		secret: token,
		advice: {
			401: 'check ELECTRICITYMAPS_TOKEN and that its plan includes the zone',
			404: 'check the zone, see app.electricitymaps.com',
			429: 'wait a while, or use a profile or a trace',
		},
	};
}

function commonClient(options: FetchSeriesOptions) {
	return {
		fetch: options.fetch ?? fetch,
		timeoutMs: options.timeoutMs,
		retryBaseMs: options.retryBaseMs ?? RETRY_BASE_MS,
	};
}

import { type GridFile, NOTHING_CHOSEN } from '../../feeds/grid/files/grid-file.ts';
import type { Followed } from '../../feeds/signal/followed.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { parseDuration } from '../../protocol/scenario/duration.ts';
import { Forecast } from '../../protocol/scenario/forecast.ts';
import { minutesOf } from '../../protocol/scenario/parts.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import type { GridSignal, IntensityKind, OtherwiseForecast } from '../../protocol/signals.ts';
import { HOUR_US } from '../../protocol/time.ts';
import type { ForecastConfig } from '../../services/carbon/forecast.ts';
import type { ResolvedCarbon } from './carbon-source.ts';
import { checkRegion, readGridFile } from './grid-series.ts';
import type { Frame } from './plan.ts';
import type { ResolvedPrice } from './price-source.ts';

const HOURS_MAX = 168;

/** What is known in advance of one signal. */
export interface ResolvedForecast {
	readonly config: ForecastConfig;
	/** In a word or two, for reports: `persistence`, `perfect`. */
	readonly name: string;
	readonly describe: string;
}

/** Of the signals that a site has, where its policy uses forecasts; null: nobody does. */
export type SiteForecasts = {
	readonly [Signal in GridSignal]: ResolvedForecast | null;
};

interface Signals {
	readonly carbon: ResolvedCarbon | null;
	readonly marginal: ResolvedCarbon | null;
	readonly price: ResolvedPrice | null;
}

type Keys = NonNullable<Scenario['forecast']>;

/**
 * What the policy of a site is to know in advance. A policy of one's own is given forecasts only where the scenario
 * has the key `forecast`.
 *
 * @throws ConfigError for files that are not of the signal, or hold no forecast
 */
export function resolveForecasts(
	{ forecast, policy }: Scenario,
	frame: Frame,
	{ carbon, marginal, price }: Signals,
): SiteForecasts | null {
	const isAsked = policy.type === 'forecast' || (policy.type === 'plugin' && forecast !== null);
	if (!isAsked) return null;
	const keys = forecast ?? Forecast.parse({});
	const hours = hoursOf(keys.horizon);
	const known = {
		carbon: inAdvance('carbon', carbon, keys.carbon),
		marginal: inAdvance('marginal', marginal, keys.marginal),
		price: inAdvance('price', price, keys.price),
	};
	const resolved = {
		carbon: known.carbon === null ? null : ofIntensity(keys.carbon, known.carbon, hours, frame),
		marginal:
			known.marginal === null ? null : ofIntensity(keys.marginal, known.marginal, hours, frame),
		price: known.price === null ? null : ofPrice(keys.price, known.price, hours),
	};
	if (policy.type === 'forecast' && resolved[policy.follow] === null)
		throw new ConfigError(
			`Cannot use policy "forecast": it follows "${policy.follow}", and there is no such signal${{ carbon, marginal, price }[policy.follow] === null ? '' : ' that is known in advance (a module reports it)'}; add it, or follow another`,
		);
	return resolved;
}

/**
 * A signal of which something can be known in advance; null: of none, and of one by a module, which reports it step by step.
 *
 * @throws ConfigError where the scenario asks for it
 */
function inAdvance<Signal extends ResolvedCarbon | ResolvedPrice>(
	name: GridSignal,
	signal: Signal | null,
	asked: object | null,
): Signal | null {
	if (signal?.source.type !== 'module') return signal;
	if (asked === null) return null;
	throw new ConfigError(
		`Cannot forecast "${name}": a module reports it step by step; drop forecast.${name}, or give the signal as a file`,
	);
}

function hoursOf(horizon: Keys['horizon']): number {
	const hours = parseDuration(horizon, 'forecast.horizon') / HOUR_US;
	if (Number.isInteger(hours) && hours >= 2 && hours <= HOURS_MAX) return hours;
	throw new ConfigError(
		`Cannot forecast over "${horizon}": give whole hours, from 2h to ${HOURS_MAX}h`,
	);
}

function ofIntensity(
	keys: Keys['carbon'],
	{ file, source }: ResolvedCarbon,
	hours: number,
	frame: Frame,
): ResolvedForecast {
	const { kind } = source;
	if (source.type === 'feed') return ofFeed(keys, hours, source.followed);
	if (keys?.source === 'persistence' || keys?.source === 'perfect')
		return simple(keys.source, hours);
	const path = keys?.path ?? null;
	const issued =
		path === null ? (file ?? null) : foreignFile(path, kind, { own: file ?? null, frame });
	const otherwise = keys?.otherwise ?? 'persistence';
	if (issued === null || issued.forecasts.length === 0) {
		if (keys === null) return simple('persistence', hours);
		throw new ConfigError(
			`Cannot forecast from ${path === null ? 'the file of the signal' : `"${path}"`}: it holds no forecast; ` +
				'name a file that does, or use source persistence',
		);
	}
	return {
		config: { hours, source: issuedSource(issued, hours, frame, otherwise) },
		name: 'as issued',
		describe:
			`as issued in ${path ?? 'the file of the signal'} (${issued.format}, ${issued.forecasts.length} forecasts); ` +
			`hours without one: ${otherwise === 'none' ? 'not known' : 'yesterday’s same hour'}`,
	};
}

/** A file of forecasts has to be of the very signal. */
function foreignFile(
	path: string,
	kind: IntensityKind,
	{ own, frame }: { readonly own: GridFile | null; readonly frame: Frame },
): GridFile {
	const file = readGridFile(path, frame, NOTHING_CHOSEN);
	const what = file.signal === 'price' ? 'prices' : `${file.kind} intensity`;
	if (file.signal === 'price' || (file.kind !== null && file.kind !== kind))
		throw new ConfigError(
			`Cannot forecast from "${path}": it is of ${what} (${file.format}), and the signal is ${kind} intensity`,
		);
	// A foreign region that the scenario names for the signal is fine for its forecast.
	if (file.region !== own?.region) checkRegion(file, { path, region: null }, frame);
	return file;
}

/** Of all forecasts those that a run can use: the last one before it, and those made in it. */
function issuedSource(
	{ forecasts, stepMs }: GridFile,
	hours: number,
	{ startEpochMs, untilUs }: Frame,
	otherwise: OtherwiseForecast,
): ForecastConfig['source'] {
	const endMs = startEpochMs + untilUs / 1000;
	const first = forecasts.findLastIndex(({ madeAtMs }) => madeAtMs <= startEpochMs);
	const reachMs = (hours + 1) * (HOUR_US / 1000);
	const made = forecasts
		.slice(Math.max(0, first))
		.filter(({ madeAtMs }) => madeAtMs < endMs)
		.map(({ madeAtMs, points }) => ({
			madeAtMs,
			points: points
				.filter(({ epochMs }) => epochMs >= startEpochMs - reachMs && epochMs < endMs + reachMs)
				.map(({ epochMs, value }) => ({ epochMs, value })),
		}))
		.filter(({ points }) => points.length > 0);
	return { type: 'issued', made, stepMs, otherwise };
}

function simple(source: 'persistence' | 'perfect', hours: number): ResolvedForecast {
	return source === 'perfect'
		? {
				config: { hours, source: { type: 'future' } },
				name: 'perfect',
				describe: 'perfect: the future itself, which no real policy knows',
			}
		: {
				config: { hours, source: { type: 'persistence' } },
				name: 'persistence',
				describe:
					'persistence: yesterday’s same hour, or the present value where that is not known',
			};
}

/** What a feed foretells comes with its values. */
function ofFeed(
	keys: { readonly source: string } | null,
	hours: number,
	{ past }: Pick<Followed, 'past'>,
): ResolvedForecast {
	// What it foretold in the past was not kept.
	if (keys?.source === 'persistence' || (keys === null && past !== undefined))
		return simple('persistence', hours);
	if (keys === null)
		return {
			config: { hours, source: { type: 'feed' } },
			name: 'of the feed',
			describe:
				'what the feed foretells, as it comes; hours beyond: yesterday’s same hour, or the present value where that is not known',
		};
	throw new ConfigError(
		`Cannot forecast a live feed by source "${keys.source}": its future comes with it; leave the forecast out, or use persistence`,
	);
}

function ofPrice(
	keys: Keys['price'],
	{ source, origin }: ResolvedPrice,
	hours: number,
): ResolvedForecast {
	if (source.type === 'feed') return ofFeed(keys, hours, source.followed);
	if (keys?.source === 'persistence' || keys?.source === 'perfect')
		return simple(keys.source, hours);
	// Mean days are those of a market, whose prices are known a day ahead.
	const isSaid =
		source.type === 'constant' || (source.type === 'profile' && origin.label === 'given');
	if (keys === null && isSaid)
		return {
			config: { hours, source: { type: 'future' } },
			name: 'known tariff',
			describe: 'the tariff, which is known in advance',
		};
	if (keys === null && source.type === 'trace') return simple('persistence', hours);
	const published = keys?.published ?? '13:00';
	const publishedHour = minutesOf(published) / 60;
	return {
		config: { hours, source: { type: 'day-ahead', publishedHour } },
		name: 'day-ahead',
		describe: `day-ahead: the next day is known from ${published} local time on; later hours are those of the day before`,
	};
}

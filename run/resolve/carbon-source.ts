import { DateTime } from 'luxon';
import type { GridFile } from '../../feeds/grid/files/grid-file.ts';
import { inCalendar } from '../../feeds/signal/in-calendar.ts';
import { INTENSITY, traceUnit } from '../../feeds/signal/trace-unit.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { given, type Origin } from '../../protocol/origin.ts';
import { quoted } from '../../protocol/plain-text.ts';
import { type Note, note } from '../../protocol/remark.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import type { IntensityKind, Sampling } from '../../protocol/signals.ts';
import type { CarbonSource } from '../../services/carbon/config.ts';
import { feedSource } from '../../services/carbon/feed-source.ts';
import { describeGridZone, findGridZone } from '../../services/carbon/grid-zones.ts';
import { intensityOf, resolveFeed } from './followed.ts';
import { gridSeries, homeZone } from './grid-series.ts';
import { inClock } from './in-clock.ts';
import type { Frame } from './plan.ts';

const FEED_TIMEOUT_MS = 20_000;

/** A module of the user's reports the intensity. */
export interface OwnCarbon {
	readonly type: 'module';
	readonly kind: IntensityKind;
}

export interface ResolvedCarbon {
	readonly source: CarbonSource | OwnCarbon;
	/** Where the figures are from, for people. */
	readonly origin: Origin;
	/** What there is to know of its values. */
	readonly notes?: readonly Note[];
	/** What the file holds beside the actual values; of sources that are files. */
	readonly file?: GridFile;
}

/**
 * Makes the scenario's carbon source explicit before the run. Live feeds are asked now and only now, so
 * that the run itself is repeatable.
 *
 * @throws ConfigError for unknown zones and feeds that do not answer
 */
export async function resolveCarbon(
	carbon: Scenario['carbon'],
	frame: Frame,
	nowEpochMs: number,
): Promise<ResolvedCarbon | null> {
	if (carbon === null) return null;
	switch (carbon.source) {
		case 'location':
			return ofZone(zoneOfLocation(frame), carbon.sampling, frame);
		case 'zone':
			return ofZone(carbon.zone, carbon.sampling, frame);
		case 'constant': {
			const { valueGPerKwh, kind } = carbon;
			return {
				source: { type: 'constant', valueGPerKwh, kind },
				origin: given(`constant ${valueGPerKwh} g/kWh (${kind}), from the scenario`),
			};
		}
		case 'trace': {
			const { source: _, unit: _unit, ...trace } = carbon;
			const { scale, says, column } = traceUnit(carbon, INTENSITY);
			refuseOther(trace, column);
			return {
				source: { type: 'trace', ...inCalendar({ ...trace, scale }, frame) },
				origin: given(`${trace.kind} intensity from ${trace.path}`),
				notes: says === null ? [] : [note(says)],
			};
		}
		case 'file':
			return ofFile(carbon, frame, 'carbon');
		case 'module':
			return {
				source: { type: 'module', kind: carbon.kind },
				origin: given(`${carbon.kind} intensity by the module ${carbon.module}`),
			};
		case 'uk':
		case 'electricitymaps':
			return fetched(carbon, frame, nowEpochMs);
		case 'feed':
			return ofFeed(carbon, frame, 'carbon');
	}
}

/** What a column is called when its figures are of the other kind. */
const OTHERS: Readonly<Record<IntensityKind, RegExp>> = {
	average: /marginal|moer/i,
	marginal: /average|aoer/i,
};

/** @throws ConfigError for a column whose name says that its figures are of the other kind */
function refuseOther(
	{ path, kind }: { readonly path: string; readonly kind: IntensityKind },
	column: string,
): void {
	if (!OTHERS[kind].test(column)) return;
	const other = kind === 'average' ? 'marginal' : 'average';
	throw new ConfigError(
		`Cannot use trace "${path}" column ${quoted(column)} as ${kind} intensity: its name says ${other}; say kind: ${other} (--carbon ${other}:FILE.csv), or give the column another name`,
	);
}

type FileCarbon = Extract<Scenario['carbon'], { source: 'file' }>;

function ofFile(carbon: FileCarbon, frame: Frame, where: 'carbon' | 'marginalCarbon') {
	const { emissionFactors, sampling } = carbon;
	const series = gridSeries('carbon', carbon, frame, emissionFactors);
	const { file, points, untilMs } = series;
	const kind = file.kind ?? carbon.kind;
	if (kind === null)
		throw new ConfigError(
			`Cannot use "${carbon.path}" (${file.format}): the file does not say whether its intensities are average or marginal; set carbon.kind`,
		);
	const origin = given(`${kind} intensity from ${series.describe}`);
	if (carbon.kind !== null && kind !== carbon.kind)
		throw new ConfigError(
			`Cannot use "${where}": its figures are ${kind} (${origin.source}); ${where === 'carbon' ? 'drop carbon.kind' : 'name a marginal source, or put it under carbon'}`,
		);
	return {
		...{ origin, file, notes: series.notes },
		source: { type: 'series' as const, kind, sampling, points, untilMs },
	};
}

/**
 * The marginal intensity that stands beside an average one. Its figures are of their own source and never put in
 * the other's place.
 *
 * @param carbon the signal beside it
 * @throws ConfigError where one of the two is not of the kind that it has to be
 */
export async function resolveMarginal(
	marginal: Scenario['marginalCarbon'],
	carbon: ResolvedCarbon | null,
	frame: Frame,
): Promise<ResolvedCarbon | null> {
	if (marginal === null) return null;
	if (marginal.source === 'feed') {
		const resolved = await ofFeed(marginal, frame, 'marginalCarbon');
		return checkedMarginal(resolved, carbon);
	}
	if (marginal.source === 'file') {
		const all = { emissionFactors: 'lifecycle', kind: 'marginal' } as const;
		const keys = { ...marginal, ...all };
		return checkedMarginal(ofFile(keys, frame, 'marginalCarbon'), carbon);
	}
	const source =
		marginal.source === 'constant' || marginal.source === 'trace' || marginal.source === 'module'
			? { ...marginal, kind: 'marginal' as const }
			: marginal;
	return checkedMarginal(await resolveCarbon(source, frame, 0), carbon);
}

function checkedMarginal(
	resolved: ResolvedCarbon | null,
	carbon: ResolvedCarbon | null,
): ResolvedCarbon | null {
	if (resolved !== null && resolved.source.kind !== 'marginal')
		throw new ConfigError(
			`Cannot use "marginalCarbon": its figures are average (${resolved.origin.source}); name a marginal source, or put it under carbon`,
		);
	if (carbon !== null && carbon.source.kind !== 'average')
		throw new ConfigError(
			`Cannot use "marginalCarbon" beside "carbon": that is marginal already (${carbon.origin.source}); give carbon an average source, such as zone US-CA, or drop one of the two`,
		);
	return resolved;
}

/** A feed that is followed while the run goes on, with what holds while it is silent, where that is asked for. */
async function ofFeed(
	{ feed, sampling, profile }: FollowedCarbon,
	frame: Frame,
	where: 'carbon' | 'marginalCarbon',
): Promise<ResolvedCarbon> {
	const kind = intensityOf(feed, where);
	const quantity = kind === 'average' ? 'carbon' : 'marginal-carbon';
	const { followed, describe, label } = await resolveFeed(feed, quantity, frame, {
		where,
		hasProfile: true,
	});
	const otherwise =
		feed.staleness.then === 'profile'
			? await resolveCarbon(withKind(profile ?? { source: 'location', sampling }, kind), frame, 0)
			: null;
	const held = otherwise?.source;
	if (held !== undefined && (held.type === 'module' || held.type === 'feed'))
		throw new TypeError('a profile is known before the run');
	if (held !== undefined && held.kind !== kind)
		throw new ConfigError(
			`Cannot use ${otherwise?.origin.source} as ${where}.profile: it is ${held.kind}, and the feed gives ${kind} intensities; name another`,
		);
	const stands = otherwise === null ? '' : `: ${otherwise.origin.source}`;
	return {
		source: { type: 'feed', kind, sampling, followed, fallback: held ?? null },
		origin: { label, source: `${kind} intensity of ${describe}${stands}` },
		notes: otherwise?.notes ?? [],
	};
}

type FollowedCarbon = Extract<Scenario['carbon'], { source: 'feed' }>;

function withKind(
	profile: NonNullable<FollowedCarbon['profile']>,
	kind: IntensityKind,
): Scenario['carbon'] {
	return profile.source === 'constant' || profile.source === 'trace'
		? { ...profile, kind }
		: profile;
}

/** Our own statistics know some places by name; coordinates need a grid zone. */
function zoneOfLocation({ location }: Frame): string {
	const zone = homeZone(location);
	if (zone !== null) return zone;
	throw new ConfigError(
		`Cannot tell the carbon intensity at "${location.name}": no grid zone is known there; ` +
			'use --grid-zone NAME, --carbon zone:NAME, --carbon constant:VALUE, --carbon FILE.csv or --carbon none',
	);
}

function ofZone(name: string, sampling: Sampling, frame: Frame): ResolvedCarbon {
	const zone = findGridZone(name);
	const source =
		zone.source.type === 'constant'
			? zone.source
			: { ...inClock(zone.source, zone.timezone, frame), sampling };
	const origin = { label: zone.quality, source: describeGridZone(zone, monthsOf(frame)) };
	return { source, origin, notes: zone.says === undefined ? [] : [note(zone.says)] };
}

/** The months of the local calendar that a run touches, 1 to 12, in their order. */
function monthsOf({ startEpochMs, untilUs, location }: Frame): number[] {
	const at = (epochMs: number) => DateTime.fromMillis(epochMs, { zone: location.timeZone });
	const end = at(startEpochMs + untilUs / 1000 - 1);
	const months = new Set<number>();
	let month = at(startEpochMs).startOf('month');
	for (; month <= end && months.size < 12; month = month.plus({ months: 1 }))
		months.add(month.month);
	return [...months];
}

async function fetched(
	carbon: Extract<Scenario['carbon'], { source: 'uk' | 'electricitymaps' }>,
	frame: Frame,
	nowEpochMs: number,
): Promise<ResolvedCarbon> {
	const [{ fetchSeries }, { FeedCache, feedCacheFolder }] = await Promise.all([
		import('../../feeds/grid/fetch-series.ts'),
		import('../../feeds/live/feed-cache.ts'),
	]);
	const series = await fetchSeries(carbon.source, {
		startEpochMs: frame.startEpochMs,
		endEpochMs: frame.startEpochMs + frame.untilUs / 1000,
		zone: carbon.source === 'uk' ? 'GB' : carbon.zone,
		nowEpochMs,
		env: { timeoutMs: FEED_TIMEOUT_MS },
		cache: new FeedCache(feedCacheFolder(process.env)),
		...(carbon.baseUrl === undefined ? {} : { baseUrl: carbon.baseUrl }),
	});
	return {
		source: feedSource(series, carbon.sampling),
		origin: {
			label: 'fetched',
			source: `${series.kind} intensity of ${series.zone} (${series.attribution})`,
		},
		notes: series.notes.map((text) => note(text)),
	};
}

import { arrange, firstGap } from '../../feeds/grid/coverage.ts';
import type { FilePoint, GridFile, GridFileChoices } from '../../feeds/grid/files/grid-file.ts';
import { parseGridFile } from '../../feeds/grid/files/parse-grid-file.ts';
import { isoInstant } from '../../feeds/grid/reader.ts';
import { gapsText } from '../../feeds/signal/gaps.ts';
import { sourceSpans } from '../../feeds/signal/source-spans.ts';
import { unitOf } from '../../feeds/signal/trace-unit.ts';
import { zoneClock } from '../../feeds/signal/wall-clock.ts';
import { inputReason, readInputText } from '../../kernel/files/input-file.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { type Note, note } from '../../protocol/remark.ts';
import { parseDuration } from '../../protocol/scenario/duration.ts';
import type { EmissionFactors, Extension, Sampling } from '../../protocol/signals.ts';
import { findGridZone, type GridZone } from '../../services/carbon/grid-zones.ts';
import type { Frame } from './plan.ts';

/** The keys that a scenario has for a file of a grid signal. */
interface FileKeys {
	readonly path: string;
	readonly region: string | null;
	readonly column: string | null;
	readonly decimal: GridFileChoices['decimal'];
	readonly sequence?: number | null;
	readonly unit: string | null;
	readonly maxGap: string | number;
	readonly sampling: Sampling;
	readonly extend: Extension;
}

export interface GridSeries {
	readonly file: GridFile;
	/** Of the run's span and a week around it, in the file's unit. */
	readonly points: FilePoint[];
	/** When what the last point says is over, ms since 1970. */
	readonly untilMs: number;
	/** File, format and region, for people. */
	readonly describe: string;
	/** What was put right, and what else there is to know of the file. */
	readonly notes: readonly Note[];
}

/**
 * The part of a grid signal's file that a run needs, at the civil times that the file says.
 *
 * @throws ConfigError for a file of another signal, a foreign region, or a span that it does not cover
 */
export function gridSeries(
	signal: GridFile['signal'],
	keys: FileKeys,
	frame: Frame,
	emissionFactors: EmissionFactors,
): GridSeries {
	const { path } = keys;
	const { region: wanted, column, decimal, sequence = null } = keys;
	const file = readGridFile(path, frame, {
		...{ emissionFactors, region: wanted, column, decimal },
		unit: keys.unit === null ? null : unitOf(keys.unit),
		sequence: sequence === null ? null : String(sequence),
	});
	if (file.signal !== signal)
		throw new ConfigError(
			`Cannot use "${path}" as ${signal}: it is a file of ${file.signal} (${file.format}); name it under ${file.signal}`,
		);
	if (file.points.length === 0)
		throw new ConfigError(
			`Cannot use "${path}" (${file.format}): it holds forecasts only, and a run needs what came to be`,
		);
	checkRegion(file, keys, frame);
	const { points, untilMs, notes } = covering(file, keys, frame);
	const isTaken = keys.region === null && isForeign(file.region, frame);
	const region =
		file.region === null
			? 'no region named'
			: `region ${file.region}${isTaken ? `, taken as the grid of "${frame.location.name}"` : ''}`;
	return {
		...{ file, points, untilMs },
		describe: `${path} (${file.format}, ${region})`,
		notes: [...file.notes, ...notes],
	};
}

/** Whether a file is of another grid than the one that is known of the place. */
function isForeign(region: string | null, { location }: Pick<Frame, 'location'>): boolean {
	const home = homeZone(location);
	return region !== null && (home === null || regionOf(region) !== regionOf(home));
}

/** @throws ConfigError for a file that cannot be read or is of no known format */
export function readGridFile(
	path: string,
	{ location }: Pick<Frame, 'location'>,
	choices: Omit<GridFileChoices, 'timezone'>,
): GridFile {
	return parseGridFile(readText(path), path, { ...choices, timezone: location.timeZone });
}

function readText(path: string): string {
	try {
		return readInputText(path);
	} catch (error) {
		throw new ConfigError(`Cannot read grid signal "${path}": ${inputReason(error)}`);
	}
}

/**
 * The grid zone of a place: of one of the ten known ones what we know under its name, else the one that was named or that is its
 * city's. Null where none is known.
 */
export function homeZone({ name, gridZone, statistics }: Frame['location']): string | null {
	if (statistics === 'own') {
		const own = knownZone(name);
		if (own !== null) return own.zone;
	}
	return gridZone === null ? null : zoneOf(gridZone);
}

/** A foreign grid is used only when the scenario names it. */
export function checkRegion(
	{ region }: GridFile,
	keys: Pick<FileKeys, 'path' | 'region'>,
	{ location }: Pick<Frame, 'location'>,
): void {
	if (region === null) return;
	// Where nothing is known of the grid, or only its neighbour's, whoever names the file does know it: the run says so.
	if (keys.region === null && (location.isGridNear || homeZone(location) === null)) return;
	const wanted = keys.region ?? homeZone(location) ?? '';
	if (isWithin(region, wanted)) return;
	throw new ConfigError(
		keys.region === null
			? `Cannot use "${keys.path}" at "${location.name}": its region is "${region}", the location's ` +
					`is "${wanted}"; set region: ${region} to use it all the same (--carbon-region, --price-region)`
			: `Cannot use "${keys.path}" as region "${keys.region}": its region is "${region}"`,
	);
}

/** Whether a file's region is a zone, a part of it, or one of a country or state of which only an average is known. */
function isWithin(region: string, zone: string): boolean {
	const [part, whole] = [regionOf(region), regionOf(zone)];
	if (part === whole) return true;
	// Of Norway there is an average, and files are of NO-NO1 or NO1; of Colorado, and files are of US-NW-PSCO.
	const country = /^([a-z]{2})(-[a-z]{2})?$/.exec(whole.toLowerCase())?.[1];
	if (country === undefined || knownZone(zone)?.source.type === 'profile') return false;
	return part.toLowerCase().startsWith(country) && /^..[-_\d]/.test(part);
}

/** A zone, or the grid of which it is a part. */
function regionOf(name: string): string {
	return knownZone(name.replace(AREA_KIND, ''))?.partOf ?? zoneOf(name);
}

function knownZone(name: string): GridZone | null {
	try {
		return findGridZone(name);
	} catch (error) {
		if (error instanceof ConfigError) return null;
		throw error;
	}
}

/** What ENTSO-E writes before the name of an area: bidding zone, control area, country, balancing area. */
const AREA_KIND = /^(BZN|CTA|CTY|MBA|SCA)\|/;

/** Names of one grid that we know are one; others are what they are but for their writing. */
function zoneOf(name: string): string {
	const area = name.replace(AREA_KIND, '');
	return knownZone(area)?.zone ?? area.toLowerCase().replace(/[\s_-]+/g, '-');
}

/** Forecasts by persistence look back, and perfect ones ahead, over what the file has this far around the run. */
const AROUND_MS = 8 * 86_400_000;

interface Covered {
	readonly points: FilePoint[];
	readonly untilMs: number;
	readonly notes: readonly Note[];
}

/** @throws ConfigError that says what the file covers */
function covering(file: GridFile, keys: FileKeys, frame: Frame): Covered {
	const { stepMs } = file;
	const { path, extend } = keys;
	const { startEpochMs, untilUs } = frame;
	const span = { startEpochMs, endEpochMs: startEpochMs + untilUs / 1000 };
	const holdMs = Math.max(stepMs, parseDuration(keys.maxGap, 'maxGap') / 1000);
	const firstMs = (file.points[0] as FilePoint).epochMs;
	const untilMs = (file.points.at(-1) as FilePoint).epochMs + stepMs;
	const isHeld = extend === 'hold' && firstMs <= span.startEpochMs;
	const isWhole = firstMs <= span.startEpochMs && untilMs >= span.endEpochMs;
	if (!isWhole && !isHeld && (extend === 'error' || extend === 'hold'))
		throw new ConfigError(
			`Cannot run from ${isoInstant(span.startEpochMs)} to ${isoInstant(span.endEpochMs)} with "${path}": ` +
				`it covers ${isoInstant(firstMs)} to ${isoInstant(untilMs)}; choose another start or another file, ` +
				'or say how to extend it (extend: repeat-day, repeat-week or repeat-year)',
		);
	const own = { startEpochMs, endEpochMs: Math.min(span.endEpochMs, untilMs) };
	const needed = isWhole || isHeld ? arrange(file.points, own) : repeated(file, keys, frame);
	const checked = isHeld && !isWhole ? own : span;
	const gapMs = firstGap(needed, checked, holdMs);
	if (gapMs !== null)
		throw new ConfigError(
			`Cannot use "${path}": it has a gap at ${isoInstant(gapMs - holdMs + stepMs)} longer than maxGap; ` +
				'raise maxGap to hold the value before it, or choose another span',
		);
	const gaps = gapsOf(needed, checked.endEpochMs, stepMs);
	const notes = gaps === null ? [] : [note(`${gaps}, over which the value before is held`)];
	if (!isWhole)
		notes.push(
			note(
				isHeld
					? `it ends at ${isoInstant(untilMs)}, the last value is held (extend: hold)`
					: `extended beyond ${isoInstant(firstMs)} to ${isoInstant(untilMs)} (extend: ${extend})`,
			),
		);
	if (!isWhole) return { points: needed, untilMs: checked.endEpochMs, notes };
	const around = {
		startEpochMs: span.startEpochMs - AROUND_MS,
		endEpochMs: span.endEpochMs + AROUND_MS,
	};
	return { points: arrange(file.points, around), untilMs, notes };
}

/** The points of a run that are found elsewhere in the file, as `extend` says. */
function repeated(file: GridFile, keys: FileKeys, { startEpochMs, untilUs, location }: Frame) {
	const { points, stepMs } = file;
	const coverage = {
		firstMs: (points[0] as FilePoint).epochMs,
		untilMs: (points.at(-1) as FilePoint).epochMs + stepMs,
	};
	const run = { firstMs: startEpochMs, untilMs: startEpochMs + untilUs / 1000 };
	const clock = zoneClock(location.timeZone);
	const extend = keys.extend === 'hold' ? 'error' : keys.extend;
	return sourceSpans(`"${keys.path}"`, coverage, run, { extend, clock }).flatMap(
		({ fromMs, untilMs, shiftMs }) => {
			const source = { startEpochMs: fromMs + shiftMs, endEpochMs: untilMs + shiftMs };
			// The first holds at the beginning, however long before it was.
			return arrange(points, source).map(({ epochMs, value }) => ({
				epochMs: Math.max(fromMs, epochMs - shiftMs),
				value,
			}));
		},
	);
}

/** `2 gaps, the longest 3 h`; null where there is none. */
function gapsOf(points: readonly FilePoint[], endMs: number, stepMs: number): string | null {
	const lengths = points
		.map((point, i) => (points[i + 1]?.epochMs ?? endMs) - point.epochMs - stepMs)
		.filter((gapMs) => gapMs > 0);
	return lengths.length === 0 ? null : gapsText(lengths.length, Math.max(...lengths) / 1000);
}

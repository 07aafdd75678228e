import { readFileSync } from 'node:fs';
import { parseDuration } from '../../protocol/duration.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { arrange, firstGap } from '../carbon/feeds/coverage.ts';
import type { FilePoint, GridFile } from '../carbon/files/grid-file.ts';
import { parseGridFile } from '../carbon/files/parse-grid-file.ts';
import { findGridZone } from '../carbon/grid-zones.ts';
import { isoInstant } from '../carbon/reader.ts';
import type { Frame } from './plan.ts';

/** The keys that a scenario has for a file of a grid signal. */
interface FileKeys {
	readonly path: string;
	readonly region: string | null;
	readonly maxGap: string | number;
}

interface GridSeries {
	readonly file: GridFile;
	/** Of the run's span, in the file's unit; the first holds at the start. */
	readonly points: FilePoint[];
	/** File, format, region and what was put right, for people. */
	readonly describe: string;
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
	emissionFactors: 'lifecycle' | 'direct',
): GridSeries {
	const { path } = keys;
	const timezone = frame.location.timeZone;
	const file = parseGridFile(readText(path), path, { emissionFactors, timezone });
	if (file.signal !== signal)
		throw new ConfigError(
			`Cannot use "${path}" as ${signal}: it is a file of ${file.signal} (${file.format}); name it under ${file.signal}`,
		);
	if (file.points.length === 0)
		throw new ConfigError(
			`Cannot use "${path}" (${file.format}): it holds forecasts only, and a run needs what came to be`,
		);
	checkRegion(file, keys, frame);
	const { points, remark } = covering(file, keys, frame);
	const region = file.region === null ? 'no region named' : `region ${file.region}`;
	const remarks = [...file.remarks, ...(remark === null ? [] : [remark])];
	return {
		file,
		points,
		describe: [`${path} (${file.format}, ${region})`, ...remarks].join('; '),
	};
}

function readText(path: string): string {
	try {
		return readFileSync(path, 'utf8');
	} catch (error) {
		throw new ConfigError(`Cannot read grid signal "${path}": ${messageOf(error)}; check the path`);
	}
}

/** A foreign grid is used only when the scenario names it. */
function checkRegion({ region }: GridFile, keys: FileKeys, { location }: Frame): void {
	if (region === null) return;
	const wanted = keys.region ?? location.gridZone ?? location.name;
	if (zoneOf(region) === zoneOf(wanted)) return;
	throw new ConfigError(
		keys.region === null
			? `Cannot use "${keys.path}" at "${location.name}": its region is "${region}", the location's ` +
					`is "${wanted}"; set region: ${region} to use it all the same`
			: `Cannot use "${keys.path}" as region "${keys.region}": its region is "${region}"`,
	);
}

/** Names of one grid that we know are one; others are what they are but for their writing. */
function zoneOf(name: string): string {
	try {
		return findGridZone(name).zone;
	} catch (error) {
		if (!(error instanceof ConfigError)) throw error;
		return name.toLowerCase().replace(/[\s_-]+/g, '-');
	}
}

/** @throws ConfigError that says what the file covers */
function covering(
	{ points, stepMs }: GridFile,
	{ path, maxGap }: FileKeys,
	{ startEpochMs, untilUs }: Frame,
): { readonly points: FilePoint[]; readonly remark: string | null } {
	const span = { startEpochMs, endEpochMs: startEpochMs + untilUs / 1000 };
	const holdMs = Math.max(stepMs, parseDuration(maxGap, 'maxGap') / 1000);
	const needed = arrange(points, span);
	const first = (points[0] as FilePoint).epochMs;
	const lastEnd = (points.at(-1) as FilePoint).epochMs + stepMs;
	if (first > span.startEpochMs || lastEnd < span.endEpochMs)
		throw new ConfigError(
			`Cannot run from ${isoInstant(span.startEpochMs)} to ${isoInstant(span.endEpochMs)} with "${path}": ` +
				`it covers ${isoInstant(first)} to ${isoInstant(lastEnd)}; choose another start or another file`,
		);
	const gapMs = firstGap(needed, span, holdMs);
	if (gapMs !== null)
		throw new ConfigError(
			`Cannot use "${path}": it has a gap at ${isoInstant(gapMs - holdMs + stepMs)} longer than maxGap; ` +
				'raise maxGap to hold the value before it, or choose another span',
		);
	const gaps = needed.filter((point, i) => {
		const next = needed[i + 1]?.epochMs ?? span.endEpochMs;
		return next - point.epochMs > stepMs;
	}).length;
	return {
		points: needed,
		remark: gaps === 0 ? null : `${gaps} gaps, over which the value before is held`,
	};
}

import { ConfigError } from '../../protocol/errors.ts';
import type { SeriesPoint } from './grid-values.ts';
import { isoInstant } from './reader.ts';

/** A span of civil time, `[startEpochMs, endEpochMs)`. */
export interface CivilSpan {
	readonly startEpochMs: number;
	readonly endEpochMs: number;
}

/** Points in order of time, each time once (the first given wins), from the one that holds at the start on. */
export function arrange(
	points: readonly SeriesPoint[],
	{ startEpochMs, endEpochMs }: CivilSpan,
): SeriesPoint[] {
	const byTime = new Map<number, SeriesPoint>();
	for (const point of points) {
		if (!byTime.has(point.epochMs)) byTime.set(point.epochMs, point);
	}
	const sorted = [...byTime.values()].sort((a, b) => a.epochMs - b.epochMs);
	const first = sorted.findLastIndex((point) => point.epochMs <= startEpochMs);
	return sorted.slice(Math.max(first, 0)).filter((point) => point.epochMs < endEpochMs);
}

/** The first instant of the span without a point no older than `stepMs`; null when there is none. */
export function firstGap(
	points: readonly SeriesPoint[],
	span: CivilSpan,
	stepMs: number,
): number | null {
	let knownUntilMs = Number.NEGATIVE_INFINITY;
	for (const { epochMs } of points) {
		const neededMs = Math.max(knownUntilMs, span.startEpochMs);
		if (epochMs > neededMs) return neededMs;
		knownUntilMs = epochMs + stepMs;
	}
	const lastMs = Math.max(knownUntilMs, span.startEpochMs);
	return lastMs < span.endEpochMs ? lastMs : null;
}

/** Throws a ConfigError naming the first instant for which the feed gave nothing. */
export function checkNoGap(
	feed: string,
	points: readonly SeriesPoint[],
	span: CivilSpan,
	stepMs: number,
): void {
	const gapMs = firstGap(points, span, stepMs);
	if (gapMs === null) return;
	throw new ConfigError(
		`Cannot use ${feed} from ${isoInstant(span.startEpochMs)} to ${isoInstant(span.endEpochMs)}: ` +
			`it has no value for ${isoInstant(gapMs)}; choose another span, a profile or a trace`,
	);
}

import type { FeedPoint, FeedSpan } from './feed.ts';

/** In order of time, each time once: of several values for a time the first given counts. */
export function inOrder(points: readonly FeedPoint[]): FeedPoint[] {
	const byTime = new Map<number, FeedPoint>();
	for (const point of points) if (!byTime.has(point.fromMs)) byTime.set(point.fromMs, point);
	return [...byTime.values()].sort((a, b) => a.fromMs - b.fromMs);
}

/** Consecutive spans of at most `lengthMs` that make up the span. */
export function chunks({ fromMs, untilMs }: FeedSpan, lengthMs: number): FeedSpan[] {
	const parts: FeedSpan[] = [];
	for (let at = fromMs; at < untilMs; at += lengthMs)
		parts.push({ fromMs: at, untilMs: Math.min(at + lengthMs, untilMs) });
	return parts;
}

/** The span widened to whole steps. */
export function widen({ fromMs, untilMs }: FeedSpan, stepMs: number): FeedSpan {
	return { fromMs: floorTo(fromMs, stepMs), untilMs: Math.ceil(untilMs / stepMs) * stepMs };
}

/** The last whole step before an instant. */
export function floorTo(atMs: number, stepMs: number): number {
	return Math.floor(atMs / stepMs) * stepMs;
}

/** `2018-01-20T12:00Z`, as several services write times. */
export function minuteText(atMs: number): string {
	return `${new Date(atMs).toISOString().slice(0, 16)}Z`;
}

import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import * as z from 'zod';

/** Traces as their viewers read them: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU. */

const Us = z.int().nonnegative();
const where = { pid: z.literal(1), tid: Us, ts: Us, name: z.string().min(1) };
const args = z.record(z.string(), z.unknown());
const Entry = z.discriminatedUnion('ph', [
	z.strictObject({ ph: z.literal('X'), ...where, dur: Us, args }),
	z.strictObject({ ph: z.literal('i'), ...where, s: z.enum(['p', 't']), args }),
	z.strictObject({ ph: z.literal('C'), ...where, args: z.record(z.string(), z.number()) }),
	z.strictObject({ ph: z.literal('M'), ...where, args }),
]);

export interface Trace {
	/** Names of its tracks. */
	readonly tracks: readonly string[];
	/** How many entries have this name. */
	named(name: string): number;
	/** Names of the slices of a track, in the order in which they begin. */
	slices(track: string): readonly string[];
}

/** Reads a trace, and asserts that it is one: all entries known, tracks named, and slices of a track within each other or apart. */
export function readTrace(path: string): Trace {
	const entries = z.array(Entry).parse(JSON.parse(readFileSync(path, 'utf8')));
	const tracks = new Map<number, string>();
	for (const entry of entries)
		if (entry.ph === 'M' && entry.name === 'thread_name')
			tracks.set(entry.tid, String(entry.args['name']));
	const slicesOf = (tid: number) =>
		entries
			.flatMap((entry) => (entry.ph === 'X' && entry.tid === tid ? [entry] : []))
			.sort((a, b) => a.ts - b.ts || b.dur - a.dur);
	for (const { tid } of entries) assert.ok(tracks.has(tid), `track ${tid} has a name`);
	for (const tid of tracks.keys()) {
		const open: number[] = [];
		for (const { ts, dur, name } of slicesOf(tid)) {
			while (open.length > 0 && (open.at(-1) ?? 0) <= ts) open.pop();
			const end = open.at(-1) ?? Number.POSITIVE_INFINITY;
			assert.ok(ts + dur <= end, `"${name}" at ${ts} ends within what it began in`);
			open.push(ts + dur);
		}
	}
	return {
		tracks: [...tracks.values()],
		named: (name) => entries.filter((entry) => entry.name === name).length,
		slices(track) {
			const [tid = -1] = [...tracks].find(([, name]) => name === track) ?? [];
			return slicesOf(tid).map(({ name }) => name);
		},
	};
}

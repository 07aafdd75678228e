import * as z from 'zod';
import { namedPrng } from '../../kernel/actor/random.ts';
import { fileStamp } from '../../kernel/files/file-stamp.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { RouterPolicy } from '../../protocol/scenario/parts.ts';
import { Overlong, ZeroTokens } from '../../protocol/scenario/requests.ts';
import { usToSeconds } from '../../protocol/time.ts';
import type { Request } from '../../services/replica/engine/admission.ts';
import { Compatibility, hasOwnArrivals, Intervals, Lengths } from '../../services/router/config.ts';
import { makeGenerator } from '../../services/router/make-generator.ts';

/** The requests that a configuration is tried with, whatever their rate. */
export const RequestSource = z.strictObject({
	seed: z.string(),
	intervals: Intervals,
	lengths: Lengths,
	/** Longest prompt and output together. */
	maxTokens: z.int().min(2),
	overlong: Overlong,
	zeroTokens: ZeroTokens,
	compatibility: Compatibility.nullable(),
	policy: RouterPolicy,
});
export type RequestSource = z.infer<typeof RequestSource>;

/** Requests at a mean rate of 1 per second, so that dividing their times by a rate gives that rate. */
interface UnitRequests {
	readonly arrivedAtS: Float64Array;
	readonly prefillTokens: Int32Array;
	readonly decodeTokens: Int32Array;
	/** 1 of those that are not as their source has them, and how many were left out before each. */
	readonly changed: Uint8Array;
	readonly leftOutBefore: Int32Array;
}

/** By source and the state of its files: a search tries many rates with the same requests. */
const drawn = new Map<string, UnitRequests>();
/** Other sources are drawn again when they are needed. */
const SOURCES_KEPT = 4;

/**
 * The first `count` requests of a source at `qps` per second; null: all at once. The same at every rate but
 * for the scale of their gaps: same lengths, same pattern. A file may have fewer.
 *
 * @throws ConfigError for files that cannot be read, and arrivals without a rate
 */
export function requestsAt(source: RequestSource, qps: number | null, count: number): Request[] {
	const { arrivedAtS, prefillTokens, decodeTokens } = unitRequests(source, count);
	const length = Math.min(count, arrivedAtS.length);
	let previousS = Number.NaN;
	return Array.from({ length }, (_, id) => {
		const atS = qps === null ? 0 : (arrivedAtS[id] as number) / qps;
		const request = {
			id,
			arrivedAtS: atS,
			interArrivalS: atS - previousS,
			prefillTokens: prefillTokens[id] as number,
			decodeTokens: decodeTokens[id] as number,
		};
		previousS = atS;
		return request;
	});
}

/** How many of the first `count` requests of a source are shortened, or else changed, and how many were left out among them. */
export function changesIn(
	source: RequestSource,
	count: number,
): { readonly changed: number; readonly leftOut: number } {
	const { changed, leftOutBefore } = unitRequests(source, count);
	const sent = changed.subarray(0, count);
	return {
		changed: sent.reduce((sum, one) => sum + one, 0),
		leftOut: leftOutBefore[sent.length - 1] ?? 0,
	};
}

function unitRequests(source: RequestSource, count: number): UnitRequests {
	const key = keyOf(source);
	const known = drawn.get(key);
	if (known !== undefined && known.arrivedAtS.length >= count) return known;
	// Twice as many, since the next rate tried may be higher.
	const made = draw(source, 2 * count);
	if (drawn.size >= SOURCES_KEPT) drawn.clear();
	drawn.set(key, made);
	return made;
}

/** A file that has changed is another source. */
function keyOf(source: RequestSource): string {
	return JSON.stringify(source, (name, value) =>
		name === 'path' && typeof value === 'string' ? [value, fileStamp(value)] : value,
	);
}

function draw(source: RequestSource, count: number): UnitRequests {
	const { seed, lengths, maxTokens, overlong, zeroTokens, compatibility } = source;
	// A gap of its own would fix the rate that is looked for.
	const intervals: Intervals =
		source.intervals.type === 'static' ? { type: 'static', gapS: null } : source.intervals;
	const isReplay = hasOwnArrivals({ lengths, intervals });
	const generator = makeGenerator(
		{
			qps: isReplay ? null : 1,
			intervals,
			rate: null,
			untilUs: null,
			maxRequests: count,
			lengths,
			...{ maxTokens, overlong, zeroTokens },
			compatibility,
			policy: 'round_robin',
			prefixes: null,
			replicas: ['replica-1'],
		},
		{ name: 'router', random: (purpose) => namedPrng(`${seed}/router/${purpose}`), announce() {} },
	);
	const times: number[] = [];
	const prefills: number[] = [];
	const decodes: number[] = [];
	const changed: number[] = [];
	const leftOutBefore: number[] = [];
	let leftOut = 0;
	for (const state = generator.init(); Number.isFinite(state.nextUs); generator.advance(state)) {
		if (state.isLeftOut) {
			leftOut++;
			continue;
		}
		const isChanged =
			state.askedPrefill !== state.prefillTokens || state.askedDecode !== state.decodeTokens;
		changed.push(isChanged ? 1 : 0);
		leftOutBefore.push(leftOut);
		times.push(usToSeconds(state.nextUs));
		prefills.push(state.prefillTokens);
		decodes.push(state.decodeTokens);
	}
	return {
		arrivedAtS: Float64Array.from(isReplay ? atUnitRate(times) : times),
		prefillTokens: Int32Array.from(prefills),
		decodeTokens: Int32Array.from(decodes),
		changed: Uint8Array.from(changed),
		leftOutBefore: Int32Array.from(leftOutBefore),
	};
}

/** Times of a file scaled to a mean gap of 1 s, the first after one gap. */
function atUnitRate(times: readonly number[]): number[] {
	const first = times[0] ?? 0;
	const gapS = ((times.at(-1) ?? 0) - first) / (times.length - 1);
	if (!(gapS > 0))
		throw new ConfigError(
			`Cannot change the rate of a file's ${times.length} arrivals: they have none; give at least two at different times`,
		);
	return times.map((time) => 1 + (time - first) / gapS);
}

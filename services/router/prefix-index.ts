/**
 * What the router remembers of where prompts went, to send one that begins alike to the same replica: an
 * approximation of the replicas' caches, as the routers of SGLang and llm-d keep one. A table of one size per
 * replica has the chained names of pieces; a new one takes the place of the old one that stood there.
 */
export interface PrefixIndex {
	/** Of each replica: hashes of pieces and all before them, 0 for none. */
	readonly known: Float64Array[];
}

const PLACES = 4096;
/** A replica is chosen for its cache if at least this part of the prompt is known there (SGLang's threshold). */
const LEAST_MATCH = 0.3;
/** Nobody is chosen for a cache while the loads differ by more requests than this, and by more than this factor. */
const MOST_AHEAD = 32;
const MOST_AHEAD_FACTOR = 1.5;

/** Nothing known. */
export function createPrefixIndex(replicas: number): PrefixIndex {
	return { known: Array.from({ length: replicas }, () => new Float64Array(PLACES)) };
}

/**
 * The replica that knows most of the prompt's beginning, of equals the one with fewest requests outstanding; the
 * one with fewest outstanding where loads differ too much or too little of the prompt is known.
 *
 * @param pieces names and tokens in turns
 * @param outstanding requests of each replica that are not completed
 */
export function choosePrefix(
	{ known }: PrefixIndex,
	pieces: readonly number[],
	prefillTokens: number,
	outstanding: ArrayLike<number>,
): number {
	let least = 0;
	let most = 0;
	for (let i = 1; i < outstanding.length; i++) {
		if ((outstanding[i] as number) < (outstanding[least] as number)) least = i;
		if ((outstanding[i] as number) > (outstanding[most] as number)) most = i;
	}
	const lowest = outstanding[least] as number;
	const highest = outstanding[most] as number;
	if (highest - lowest > MOST_AHEAD && highest > MOST_AHEAD_FACTOR * lowest) return least;
	let best = least;
	let bestTokens = LEAST_MATCH * prefillTokens;
	known.forEach((places, replica) => {
		const tokens = Math.min(prefillTokens, knownTokens(places, pieces));
		if (tokens < bestTokens) return;
		if (tokens === bestTokens && (outstanding[replica] as number) >= (outstanding[best] as number))
			return;
		best = replica;
		bestTokens = tokens;
	});
	return best;
}

/** The prompt goes to a replica. */
export function rememberPrefix(
	{ known }: PrefixIndex,
	replica: number,
	pieces: readonly number[],
): void {
	const places = known[replica] as Float64Array;
	let hash = 0;
	for (let i = 0; i < pieces.length; i += 2) {
		hash = chained(hash, pieces[i] as number);
		places[hash % PLACES] = hash;
	}
}

/** Tokens of the first pieces that are known. The last piece known may be longer here than it was there. */
function knownTokens(places: Float64Array, pieces: readonly number[]): number {
	let tokens = 0;
	let hash = 0;
	for (let i = 0; i < pieces.length; i += 2) {
		hash = chained(hash, pieces[i] as number);
		if (places[hash % PLACES] !== hash) break;
		tokens += pieces[i + 1] as number;
	}
	return tokens;
}

/** A positive number below 2^53 for a name after others. */
function chained(hash: number, name: number): number {
	const high =
		Math.imul((hash % 4294967296) ^ 0x9e3779b1, 0x85ebca6b) ^ Math.floor(hash / 4294967296);
	const low = Math.imul((name % 4294967296) ^ high, 0xc2b2ae35) ^ Math.floor(name / 4294967296);
	const mixed = Math.imul(low ^ (low >>> 15), 0x27d4eb2f);
	return 1 + ((high ^ (mixed >>> 13)) & 0x1fffff) * 4294967296 + ((mixed ^ (mixed >>> 16)) >>> 0);
}

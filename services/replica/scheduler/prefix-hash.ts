/**
 * Hashes of KV blocks by their content, each over the hash of the block before it, so that equal hashes mean
 * equal prompts up to the block's end. Contents are not tokens but where tokens come from: a prompt is given as
 * pieces (name, tokens), one after the other, and what lies beyond the last piece is the request's own.
 *
 * 64 bits in two words: among a million blocks two differing ones share a hash with a chance of 3e-8.
 */

/** Hashes of a request's blocks, two words each, as far as somebody has asked. */
export type BlockHashes = number[];

/** What a request's tokens are. */
export interface Content {
	/** Names of pieces and their tokens, in turns. */
	readonly pieces: readonly number[];
	/** Names the tokens beyond the pieces; no other request has it. */
	readonly own: number;
}

const TWO_32 = 2 ** 32;
/** No piece has the names of requests. */
const SHARED = 1;
const OWN = 2;

/** Adds hashes until there are those of the first `blocks` blocks. */
export function extendHashes(
	hashes: BlockHashes,
	blocks: number,
	blockSize: number,
	content: Content,
): void {
	const { pieces, own } = content;
	let done = hashes.length / 2;
	if (done >= blocks) return;
	let position = done * blockSize;
	let piece = 0;
	let pieceFrom = 0;
	while (piece < pieces.length && pieceFrom + (pieces[piece + 1] as number) <= position) {
		pieceFrom += pieces[piece + 1] as number;
		piece += 2;
	}
	const hash: Hash = {
		high: done === 0 ? 0x2545f491 : (hashes[2 * done - 2] as number),
		low: done === 0 ? 0x4f6cdd1d : (hashes[2 * done - 1] as number),
	};
	for (; done < blocks; done++) {
		const blockEnd = position + blockSize;
		while (position < blockEnd) {
			const isShared = piece < pieces.length;
			const pieceEnd = isShared
				? pieceFrom + (pieces[piece + 1] as number)
				: Number.POSITIVE_INFINITY;
			const end = Math.min(blockEnd, pieceEnd);
			const name = isShared ? (pieces[piece] as number) : own;
			absorb(hash, isShared ? SHARED : OWN);
			absorb(hash, Math.floor(name / TWO_32));
			absorb(hash, name);
			absorb(hash, position - pieceFrom);
			absorb(hash, end - position);
			position = end;
			if (end === pieceEnd) {
				pieceFrom = end;
				piece += 2;
			}
		}
		hashes.push(hash.high, hash.low);
	}
}

interface Hash {
	high: number;
	low: number;
}

/** Mixes 32 bits in: the finishing steps of MurmurHash3 on each word, the second also over the first. */
function absorb(hash: Hash, word: number): void {
	hash.high = mixed(hash.high ^ Math.imul(word, 0x9e3779b1));
	hash.low = mixed((hash.low ^ Math.imul(word, 0x85ebca77)) + hash.high);
}

function mixed(word: number): number {
	let h = word;
	h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
	h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
	return (h ^ (h >>> 16)) | 0;
}

/** A number in [0, 1) that follows from three others; for chance that hangs on nothing but a request's id. */
export function uniformOf(seedHigh: number, seedLow: number, id: number): number {
	const hash: Hash = { high: seedHigh, low: seedLow };
	absorb(hash, Math.floor(id / TWO_32));
	absorb(hash, id);
	return ((hash.high >>> 5) * 67_108_864 + (hash.low >>> 6)) / 9_007_199_254_740_992;
}

import { plainText, quoted } from '../../protocol/plain-text.ts';
import { type Note, note } from '../../protocol/remark.ts';
import type { TraceRow } from './trace-format.ts';
import type { Found } from './trace-names.ts';

/** Of the names of columns that nobody uses. */
const UNUSED_LENGTH_MAX = 160;

/** What there is to know of how a file is read. */
export function formatNotes({ arrival, isUnitAssumed, unused }: Found, isDated: boolean): Note[] {
	return [
		...(isUnitAssumed && !isDated
			? [note(`times of ${quoted(arrival ?? '')} taken as seconds (timeUnit says otherwise)`)]
			: []),
		...(unused.length === 0
			? []
			: [note(`columns not used: ${plainText(unused.join(', '), UNUSED_LENGTH_MAX)}`)]),
	];
}

/**
 * Why the blocks that a row names cannot be of so many tokens: they are of another size then, and what is found in the cache
 * would be as wrong. Null where they can be, and where nobody uses them.
 */
export function wrongBlocks(
	{ hashIds, prefillTokens }: Pick<TraceRow, 'hashIds' | 'prefillTokens'>,
	hashTokens: number | null,
): string | null {
	if (hashTokens === null || hashIds === null || prefillTokens < 1) return null;
	const [blocks, wanted] = [hashIds.length, prefillTokens / hashTokens];
	// Some name the last block only where it is full.
	if (blocks === Math.ceil(wanted) || blocks === Math.floor(wanted)) return null;
	const fitting = fittingBlock(prefillTokens, blocks);
	return (
		`names ${blocks} blocks of a prompt of ${prefillTokens} tokens, and with ${hashTokens} tokens a block it has ${Math.ceil(wanted)}; ` +
		(fitting === null
			? 'no size of blocks fits: drop its hash_ids'
			: `say how many tokens a block has: requests.lengths.hashTokens (--hash-tokens) ${fitting}`)
	);
}

/** The size of blocks of which a prompt has so many: a power of two, where one fits; null: none does. */
function fittingBlock(tokens: number, blocks: number): number | null {
	for (let size = 1; size <= tokens; size *= 2)
		if (Math.ceil(tokens / size) === blocks) return size;
	const size = Math.ceil(tokens / blocks);
	return Math.ceil(tokens / size) === blocks ? size : null;
}

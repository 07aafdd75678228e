import { ConfigError } from '../../../protocol/errors.ts';
import type { Speculative } from '../../../protocol/scenario/speculative.ts';
import type { BatchSummary, Predictor } from '../../../silicon/predictor/predictor.ts';
import { noTokens } from './state.ts';

/** Speculative decoding, ready for the inner loop. */
export interface Drafting {
	/** Tokens drafted for each step of a request. */
	readonly tokens: number;
	/** Chance that the first token is accepted, that the first two are, and so on. */
	readonly chances: readonly number[];
	/** Time to draft one, as part of a batch of plain decoding. */
	readonly draftCost: number;
}

/**
 * What a scenario says of it, ready for use.
 *
 * @throws ConfigError when there are not as many chances as places
 */
export function draftingOf({ tokens, acceptance, draftCost }: Speculative): Drafting {
	const each = typeof acceptance === 'number' ? Array<number>(tokens).fill(acceptance) : acceptance;
	if (each.length !== tokens)
		throw new ConfigError(
			`Cannot draft ${tokens} tokens with acceptances of ${each.length} places: give one for each, or one for all`,
		);
	let chance = 1;
	const chances = each.map((one) => {
		chance *= one;
		return chance;
	});
	return { tokens, chances, draftCost };
}

/**
 * How many of `drafted` tokens after the first `processed` of a request are accepted: drawn, and the same whenever it is
 * asked.
 */
export function acceptedTokens(
	{ chances }: Drafting,
	drafted: number,
	id: number,
	processed: number,
): number {
	const draw = uniform(id, processed);
	let accepted = 0;
	while (accepted < drafted && draw < (chances[accepted] as number)) accepted++;
	return accepted;
}

/** What drafting for the decoding requests of a batch takes, in seconds: so many steps of them alone. */
export function draftTimeS(
	{ tokens, draftCost }: Drafting,
	predictor: Predictor,
	{ decodes, decodeKv }: BatchSummary,
): number {
	if (decodes === 0 || draftCost === 0) return 0;
	const plain = { ...noTokens(), tokens: decodes, decodes, decodeKv };
	return tokens * draftCost * predictor.batchTimeS(plain);
}

/** In [0, 1), of two whole numbers and nothing else. */
function uniform(id: number, processed: number): number {
	let h = Math.imul(id ^ Math.floor(id / 2 ** 32), 0x9e3779b1) ^ Math.imul(processed, 0x85ebca77);
	for (let round = 0; round < 2; round++) {
		h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
		h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
		h ^= h >>> 16;
	}
	return (h >>> 0) / 2 ** 32;
}

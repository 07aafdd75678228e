import { ConfigError } from '../../protocol/errors.ts';
import type { Lengths, RouterConfig } from './config.ts';
import { loadLengthTable } from './load.ts';
import { countRange } from './token-counts.ts';

type Checked = Pick<RouterConfig, 'lengths' | 'maxTokens' | 'overlong' | 'sessions' | 'clients'>;

/**
 * Refuses lengths that are over the limit, or may be, unless the configuration says what becomes of them. Of files it is
 * found as they are read.
 *
 * @throws ConfigError naming the keys and what would do
 */
export function checkLengths({ lengths, sessions, clients, ...limits }: Checked): void {
	const system = sessions?.systemTokens ?? 0;
	const listed = clients?.type === 'list' ? clients.clients : [];
	const isUsed = clients === undefined || listed.some(({ lengths: own }) => own === null);
	if (isUsed) checkAlone(extremesOf(lengths, 'requests.lengths', system), limits);
	for (const [i, { lengths: own }] of listed.entries())
		if (own !== null) checkAlone(extremesOf(own, `requests.clients.clients.${i}.lengths`), limits);
	if (!sessions?.later) return;
	const { least, where } = extremesOf(sessions.later, 'requests.sessions.later', system);
	// A session ends where its next turn has no room.
	if (least > limits.maxTokens)
		throw new ConfigError(
			`Cannot send turns of ${least} tokens and more (${where}): serving.maxTokens is ${limits.maxTokens}, so that no session has a second; give a larger one (--max-tokens)`,
		);
}

function checkAlone(
	{ least, most, where }: Extremes,
	{ maxTokens, overlong }: Pick<Checked, 'maxTokens' | 'overlong'>,
): void {
	if (most > maxTokens && overlong === 'refuse')
		throw new ConfigError(
			`Cannot send requests of ${tokensText(least, most)} (${where}): serving.maxTokens is ${maxTokens}; ` +
				'give a larger one (--max-tokens), or requests.overlong (--overlong) cut or drop',
		);
	if (least > maxTokens && overlong === 'drop')
		throw new ConfigError(
			`Cannot leave out requests over serving.maxTokens, ${maxTokens}: all have at least ${least} tokens (${where}); give a larger one (--max-tokens)`,
		);
}

function tokensText(least: number, most: number): string {
	if (most === Number.POSITIVE_INFINITY) return 'any number of tokens';
	return `${least === most ? '' : 'up to '}${most} tokens`;
}

/** The shortest and the longest prompt and answer together that can be drawn, and the keys that say so; 0 of files. */
interface Extremes {
	readonly least: number;
	readonly most: number;
	readonly where: string;
}

/**
 * What lengths can be at the least and at the most.
 *
 * @param key where they stand in the scenario
 * @param system tokens before each prompt
 */
export function extremesOf(lengths: Lengths, key = 'requests.lengths', system = 0): Extremes {
	const after = system === 0 ? '' : `, after ${system} systemTokens`;
	switch (lengths.type) {
		case 'fixed': {
			const { prefillTokens, decodeTokens } = lengths;
			const total = system + prefillTokens + decodeTokens;
			const where = `${key}: prefillTokens ${prefillTokens}, decodeTokens ${decodeTokens}${after}`;
			return { least: total, most: total, where };
		}
		case 'uniform':
		case 'zipf': {
			const { minTokens, maxTokens } = lengths;
			return {
				least: system + minTokens,
				most: system + maxTokens,
				where: `${key}.maxTokens ${maxTokens}${after}`,
			};
		}
		case 'distributions': {
			const [prompt, output] = [countRange(lengths.prompt), countRange(lengths.output)];
			const most = system + prompt.most + output.most;
			const limit = most === Number.POSITIVE_INFINITY ? ': no max' : '';
			return {
				least: system + prompt.least + output.least,
				most,
				where: `${key}.prompt and output${limit}${after}`,
			};
		}
		case 'trace': {
			const { prompt, output } = loadLengthTable(lengths.table);
			const most = Math.round(Math.max(...prompt)) + Math.round(Math.max(...output.flat()));
			return {
				least: system + 2,
				most: system + most,
				where: `the table ${lengths.table}${after}`,
			};
		}
		default:
			return { least: 0, most: 0, where: '' };
	}
}

import { ConfigError } from '../../protocol/errors.ts';
import type { Lengths, RouterConfig } from './config.ts';
import { loadLengthTable } from './load.ts';

type Checked = Pick<RouterConfig, 'lengths' | 'maxTokens' | 'overlong'>;

/**
 * Refuses lengths that are over the limit, or may be, unless the configuration says what becomes of them. Of files it is
 * found as they are read.
 *
 * @throws ConfigError naming the keys and what would do
 */
export function checkLengths({ lengths, maxTokens, overlong }: Checked): void {
	const { least, most, where } = extremesOf(lengths);
	if (most > maxTokens && overlong === 'refuse')
		throw new ConfigError(
			`Cannot send requests of ${least === most ? '' : 'up to '}${most} tokens (${where}): serving.maxTokens is ${maxTokens}; ` +
				'give a larger one (--max-tokens), or requests.overlong (--overlong) cut or drop',
		);
	if (least > maxTokens && overlong === 'drop')
		throw new ConfigError(
			`Cannot leave out requests over serving.maxTokens, ${maxTokens}: all have at least ${least} tokens (${where}); give a larger one (--max-tokens)`,
		);
}

/** The shortest and the longest prompt and answer together that can be drawn, and the keys that say so; 0 of files. */
export function extremesOf(lengths: Lengths): { least: number; most: number; where: string } {
	switch (lengths.type) {
		case 'fixed': {
			const { prefillTokens, decodeTokens } = lengths;
			const total = prefillTokens + decodeTokens;
			const where = `requests.lengths: prefillTokens ${prefillTokens}, decodeTokens ${decodeTokens}`;
			return { least: total, most: total, where };
		}
		case 'uniform':
		case 'zipf': {
			const { minTokens, maxTokens } = lengths;
			return {
				least: minTokens,
				most: maxTokens,
				where: `requests.lengths.maxTokens ${maxTokens}`,
			};
		}
		case 'trace': {
			const { prompt, output } = loadLengthTable(lengths.table);
			const most = Math.round(Math.max(...prompt)) + Math.round(Math.max(...output.flat()));
			return { least: 2, most, where: `the table ${lengths.table}` };
		}
		default:
			return { least: 0, most: 0, where: '' };
	}
}

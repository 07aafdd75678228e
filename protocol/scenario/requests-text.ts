import type * as z from 'zod';
import { ConfigError } from '../errors.ts';
import type { MarkovBursts, Prefixes } from './requests.ts';
import { parseNumber } from './text.ts';

/** How the rate of requests changes and what prompts have in common, as flags have it. */

/**
 * `0.5,0.4,1` is a list of factors on the rate, one for each hour or day.
 *
 * @throws ConfigError where one is no number
 */
export function parseFactors(text: string, what: string): number[] {
	return text.split(',').map((part) => parseNumber(part, what, text));
}

/**
 * `4:5min:1h` is four times the rate in bursts of 5 min on average, an hour apart on average.
 *
 * @throws ConfigError for what has another form
 */
export function parseBursts(text: string, what: string): z.input<typeof MarkovBursts> {
	const [factor = '', meanBurst = '', meanCalm = '', ...more] = text.split(':');
	if (!/^[\d.]+$/.test(factor) || meanBurst === '' || meanCalm === '' || more.length > 0)
		throw new ConfigError(
			`Cannot use ${what} "${text}": give none, or FACTOR:BURST:CALM, such as 4:5min:1h (mean lengths)`,
		);
	return { type: 'markov', burstFactor: parseNumber(factor, what, text), meanBurst, meanCalm };
}

/**
 * `40:1200` is 40 system prompts of 1,200 tokens, `sessions:100` is 100 sessions open at once.
 *
 * @throws ConfigError for anything else
 */
export function parsePrefixes(text: string, what: string): z.input<typeof Prefixes> {
	const [, groups, count] = /^(\d+|sessions):(\d+)$/.exec(text) ?? [];
	if (groups === undefined)
		throw new ConfigError(
			`Cannot use ${what} "${text}": give none, GROUPS:TOKENS such as 40:1200, or sessions:NUMBER`,
		);
	return groups === 'sessions'
		? { type: 'sessions', sessions: Number(count) }
		: { type: 'groups', groups: Number(groups), tokens: Number(count) };
}

/**
 * `arrival=sent_ms,prompt=in,output=out` names the columns of a file of requests.
 *
 * @throws ConfigError for anything else
 */
export function parseColumns(text: string, what: string): Record<string, string> {
	const parts = text.split(',').map((part) => {
		const [, key, name] = /^\s*(arrival|prompt|output|session)\s*=\s*(.+?)\s*$/.exec(part) ?? [];
		if (key === undefined || name === undefined)
			throw new ConfigError(
				`Cannot use ${what} "${text}": give KEY=COLUMN of arrival, prompt, output and session, such as prompt=in,output=out`,
			);
		return [key, name] as const;
	});
	return Object.fromEntries(parts);
}

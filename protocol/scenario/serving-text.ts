import type * as z from 'zod';
import { ConfigError } from '../errors.ts';
import type { Disaggregation, PrefixCache } from './serving.ts';

/** Prefix caches and pools of replicas, as flags have them. */

/**
 * `shared`, or the mean part of a prompt that is found, such as `0.5`.
 *
 * @throws ConfigError for anything else
 */
export function parsePrefixCache(text: string, what: string): z.input<typeof PrefixCache> {
	if (text === 'shared') return { type: 'shared' };
	const fraction = Number(text);
	if (text.trim() === '' || !Number.isFinite(fraction))
		throw new ConfigError(
			`Cannot use ${what} "${text}": give none, shared, or the part of prompts that is found, such as 0.5`,
		);
	return { type: 'hit-rate', fraction };
}

/**
 * `2:3` is two replicas for prompts and three for decoding.
 *
 * @throws ConfigError for anything else
 */
export function parsePools(
	text: string,
	what: string,
): Pick<z.output<typeof Disaggregation>, 'prefillReplicas' | 'decodeReplicas'> {
	const [, prefill, decode] = /^(\d+):(\d+)$/.exec(text) ?? [];
	if (prefill === undefined)
		throw new ConfigError(
			`Cannot use ${what} "${text}": give PREFILL:DECODE, the replicas of each pool, such as 2:3`,
		);
	return { prefillReplicas: Number(prefill), decodeReplicas: Number(decode) };
}

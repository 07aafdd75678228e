import { ConfigError } from '../protocol/errors.ts';
import { numeric } from './flags.ts';

/** The keys set by the flags of prefix caches and of two pools. */
export function servingOverrides(given: (name: string) => string | undefined): [string, unknown][] {
	const set: [string, unknown][] = [];
	const [cache, prefixes, pools] = [given('prefixCache'), given('prefixes'), given('disaggregate')];
	if (cache !== undefined) set.push(['serving.prefixCache', cacheRule(cache)]);
	if (prefixes !== undefined) set.push(['requests.prefixes', prefixRule(prefixes)]);
	if (pools !== undefined) {
		const [prefillReplicas, decodeReplicas] = poolSizes(pools);
		set.push(['serving.disaggregation.prefillReplicas', prefillReplicas]);
		set.push(['serving.disaggregation.decodeReplicas', decodeReplicas]);
	}
	return set;
}

function cacheRule(value: string): unknown {
	if (value === 'none') return null;
	if (value === 'shared') return { type: 'shared' };
	if (Number.isNaN(Number(value)))
		throw new ConfigError(
			`Cannot use --prefix-cache "${value}": give none, shared, or the part of prompts that is found, such as 0.5`,
		);
	return { type: 'hit-rate', fraction: numeric('prefix-cache')(value) };
}

/** `40:1200` is 40 system prompts of 1,200 tokens, `sessions:100` is 100 sessions open at once. */
function prefixRule(value: string): unknown {
	if (value === 'none') return null;
	const match = /^(\d+|sessions):(\d+)$/.exec(value);
	if (match === null)
		throw new ConfigError(
			`Cannot use --prefixes "${value}": give none, GROUPS:TOKENS such as 40:1200, or sessions:NUMBER`,
		);
	const [, groups, count] = match;
	return groups === 'sessions'
		? { type: 'sessions', sessions: Number(count) }
		: { type: 'groups', groups: Number(groups), tokens: Number(count) };
}

function poolSizes(value: string): [number, number] {
	const match = /^(\d+):(\d+)$/.exec(value);
	if (match === null)
		throw new ConfigError(
			`Cannot use --disaggregate "${value}": give PREFILL:DECODE, the replicas of each pool, such as 2:3`,
		);
	return [Number(match[1]), Number(match[2])];
}

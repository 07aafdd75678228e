import { ConfigError } from '../../protocol/errors.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';

const VIDUR_SEEDS = 2 ** 32;

/**
 * The scenario as its repeat number `index`, from 0, is run: by itself, with a seed of its own. Requests that are drawn
 * as Vidur draws them have a seed beside the run's, which counts on as well.
 */
export function repeatOf(scenario: Scenario, seed: string, index: number): Scenario {
	const { requests } = scenario;
	const vidurSeed =
		requests.compatibility === null
			? requests.vidurSeed
			: (requests.vidurSeed + index) % VIDUR_SEEDS;
	return { ...scenario, repeats: 1, seed, requests: { ...requests, vidurSeed } };
}

/**
 * What a feed answers changes from run to run.
 *
 * @throws ConfigError for a scenario that asks one
 */
export function refuseFeeds(scenario: Scenario, what: 'sweep' | 'repeat' | 'compare'): void {
	for (const { carbon } of [scenario, ...scenario.sites])
		if (carbon?.source === 'uk' || carbon?.source === 'electricitymaps')
			throw new ConfigError(
				`Cannot ${what} with live carbon from "${carbon.source}": each run would get another answer; ` +
					'use a location, a zone, a constant or a trace',
			);
	const feed = feedIn(scenario);
	if (feed !== null)
		throw new ConfigError(
			`Cannot ${what} with the live feed "${feed}": each run would get another answer; use a file, such as of gridbeat record or backfill`,
		);
}

/** Of the first feed that anything in a scenario follows; null: nothing does. */
function feedIn(part: unknown): string | null {
	if (typeof part !== 'object' || part === null) return null;
	const { feed } = part as { readonly feed?: { readonly type: string } | null };
	if (feed !== undefined && feed !== null) return feed.type;
	for (const inner of Object.values(part)) {
		const found = feedIn(inner);
		if (found !== null) return found;
	}
	return null;
}

/**
 * Runs of a study are one process each.
 *
 * @throws ConfigError for a scenario with an actor whose process is started elsewhere
 */
export function refuseElsewhere(scenario: Scenario, what: 'sweep' | 'repeat' | 'compare'): void {
	const parts = [scenario, ...scenario.sites];
	const all = parts.flatMap(({ loads = [], actors = [] }) => [...loads, ...actors]);
	const found = all.find(({ type }) => type === 'external');
	if (found !== undefined)
		throw new ConfigError(
			`Cannot ${what} with "${found.name}": its process is started elsewhere, and each run is one process`,
		);
}

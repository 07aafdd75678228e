import { ConfigError } from '../../protocol/errors.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import { kindsIn } from './declared.ts';
import { type Frame, siteFrame } from './plan.ts';

/** One microgrid of a run: its scenario as if it were alone, and where it is. */
export interface SitePlan {
	/** null: the only one. */
	readonly name: string | null;
	readonly scenario: Scenario;
	readonly frame: Frame;
}

/**
 * The microgrids of a scenario. What a site leaves out it takes from the top of the scenario; the names of its
 * actors begin with its own.
 *
 * @throws ConfigError for places that are not known, and for keys that only runs with sites have
 */
export function sitesOf(scenario: Scenario, frame: Frame): SitePlan[] {
	const { requests, sites } = scenario;
	if (sites.length === 0) {
		const key = requests.geo !== null ? 'geo' : requests.origins.length > 0 ? 'origins' : null;
		if (key === null) return [{ name: null, scenario, frame }];
		throw new ConfigError(
			`Cannot use "requests.${key}" without sites: there is one place only; give "sites"`,
		);
	}
	return sites.map(({ name, ...own }) => {
		const place = own.location ?? scenario.location;
		const whole: Scenario = { ...scenario, ...defined(own), location: place, sites: [] };
		const prefix = `${name}-`;
		return {
			name,
			scenario: withPrefix(whole, prefix),
			frame: siteFrame(frame, place, prefix),
		};
	});
}

function defined<T extends object>(keys: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
	const given = Object.entries(keys).filter(([, value]) => value !== undefined);
	return Object.fromEntries(given) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** Puts the site's name before those of its plants, stores and loads. */
function withPrefix(scenario: Scenario, prefix: string): Scenario {
	const renamed = <T extends { name: string }>(list: readonly T[]): T[] =>
		list.map((one) => ({ ...one, name: `${prefix}${one.name}` }));
	const declared = kindsIn(scenario).map(({ declaration: { section }, items }) => [
		section.key,
		renamed(items),
	]);
	const { policy } = scenario;
	const order = policy.shedding?.order.map((entry) =>
		entry.load === undefined ? entry : { ...entry, load: `${prefix}${entry.load}` },
	);
	return {
		...scenario,
		...Object.fromEntries(declared),
		batteries: renamed(scenario.batteries),
		generators: renamed(scenario.generators),
		loads: renamed(scenario.loads),
		actors: renamed(scenario.actors),
		policy:
			policy.shedding === null || order === undefined
				? policy
				: { ...policy, shedding: { ...policy.shedding, order } },
	};
}

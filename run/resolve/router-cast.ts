import { ConfigError } from '../../protocol/errors.ts';
import type { RosterEntry } from '../../protocol/messages.ts';
import type { Wire } from '../../protocol/readings.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import { SECOND_US, TICK_US } from '../../protocol/time.ts';
import { fromOrigin } from '../../services/router/geo.ts';
import type { GeoConfig } from '../../services/router/geo-config.ts';
import { askedSignals } from './asked-signals.ts';
import { isLive, liveRouting, ROUTER } from './live-cast.ts';
import type { Network } from './network.ts';
import { poolsOf } from './pools.ts';
import { awaitsAnswers, mayChange, routerConfig } from './router-config.ts';
import type { RunContext } from './run-context.ts';
import type { SiteContext } from './site-cast.ts';
import { siteNames } from './site-names.ts';
import { wire } from './wire.ts';

/** The one who makes requests and routes them; nobody where there is no replica. */
export function routerActors(run: RunContext): Omit<RosterEntry, 'host'>[] {
	const { scenario, frame, sites, network } = run;
	const replicas = sites.flatMap(frontOf);
	if (replicas.length === 0) return [];
	const config = {
		...routerConfig(servedScenario(scenario, sites), frame, replicas),
		...(network === null ? {} : { geo: geoConfig(run, network) }),
		...liveRouting(run),
	};
	return [{ name: ROUTER, kind: 'router', config } as Omit<RosterEntry, 'host'>];
}

/** From the router to the replicas and the recorders, and back to a router that counts requests. */
export function routerWires(run: RunContext): Wire[] {
	const { scenario, sites, network } = run;
	return sites.flatMap((site, i) => {
		const ways = network === null ? [0] : network.latencyUs.map((row) => row[i] as number);
		const replicas = frontOf(site);
		const { prefix } = site.frame;
		return [
			...replicas.flatMap((name) => replicaWires(run, site, { name, ways })),
			...answerWires(scenario, site, ways),
			...(network === null || replicas.length === 0
				? []
				: [wire(`${ROUTER}.routed-${siteName(prefix)}`, `${prefix}recorder.routed`)]),
			...(mayChange(run.scenario) && replicas.length > 0
				? [
						wire(
							`${ROUTER}.changed${network === null ? '' : `-${siteName(prefix)}`}`,
							`${prefix}recorder.changed`,
						),
					]
				: []),
			...signalWires(run.scenario, site),
		];
	});
}

function replicaWires(
	{ scenario, network }: RunContext,
	site: SiteContext,
	{ name, ways }: { readonly name: string; readonly ways: readonly number[] },
): Wire[] {
	const origins = network?.origins ?? [];
	const shares = site.scenario.serving?.prefixCache?.type === 'shared';
	// Somebody outside waits for what follows.
	const live = isLive(scenario) ? { live: true as const } : {};
	const newsUs = newsOf(ways);
	return [
		...ways.flatMap((wayUs, origin) => {
			const from = fromOrigin(origins, origin);
			return [
				{ ...wire(`${ROUTER}.to-${name}${from}`, `${name}.requests`, wayUs), ...live },
				...(shares
					? [{ ...wire(`${ROUTER}.prefix-${name}${from}`, `${name}.prefix`, wayUs), ...live }]
					: []),
			];
		}),
		// Only a router that counts requests is wired; otherwise it runs ahead and the replicas work in blocks.
		...(asksCompleted(scenario)
			? [wire(`${name}.completed`, `${ROUTER}.completed`, newsUs, [0, 0])]
			: []),
	];
}

/** Word of a completion travels as answers do; the router hears of it at the nearest origin. */
function newsOf(ways: readonly number[]): number {
	return Math.max(TICK_US, Math.min(...ways));
}

/**
 * From whoever answers a request to the router of those who wait for it: with two pools both may. Users need their time, and so
 * much the router and the replicas may be ahead of each other.
 */
function answerWires(scenario: Scenario, site: SiteContext, ways: readonly number[]): Wire[] {
	if (!awaitsAnswers(scenario.requests)) return [];
	const { front, decode } = poolsOf(site.scenario, site.frame.prefix);
	const delayUs = newsOf(ways) + turnaroundUs(scenario);
	return [...front, ...decode].map((name) => wire(`${name}.left`, `${ROUTER}.answered`, delayUs));
}

/** What a choice of sites uses: signals as they are, what flows with a step of delay. */
function signalWires(scenario: Scenario, { frame }: SiteContext): Wire[] {
	const asked = askedSignals(scenario);
	const names = siteNames(frame);
	return [
		...(asked.carbon ? [wire(`${names.carbon}.signal`, `${ROUTER}.signal`)] : []),
		...(asked.price ? [wire(`${names.price}.price`, `${ROUTER}.price`)] : []),
		...(asked.carbon || asked.price
			? [wire(`${names.controller}.supply`, `${ROUTER}.supply`, frame.stepUs, IMPORTING)]
			: []),
	];
}

/** Before anything is known of a site its next watt comes from the grid. */
const IMPORTING = [-1, 0];

function turnaroundUs({ requests }: Scenario): number {
	return Math.round(requests.turnaroundS * SECOND_US);
}

function asksCompleted({ requests }: Scenario): boolean {
	const { policy, geo } = requests;
	if (policy === 'least_outstanding' || policy === 'prefix') return true;
	if (geo === null) return false;
	return (
		geo.maxOutstandingPerReplica !== null || geo.policy === 'fastest' || geo.policy === 'weighted'
	);
}

function frontOf({ scenario, frame }: SiteContext): readonly string[] {
	return poolsOf(scenario, frame.prefix).front;
}

function siteName(prefix: string): string {
	return prefix.slice(0, -1);
}

/** What the router has to know of those who serve: the longest request that every site takes, and who shares. */
function servedScenario(scenario: Scenario, sites: readonly SiteContext[]): Scenario {
	const servings = sites.flatMap((site) => site.scenario.serving ?? []);
	const [first] = servings;
	if (first === undefined) return scenario;
	const maxTokens = Math.min(...servings.map((serving) => serving.maxTokens));
	const sharing = servings.find(({ prefixCache }) => prefixCache?.type === 'shared') ?? first;
	return { ...scenario, serving: { ...sharing, maxTokens } };
}

function geoConfig({ scenario, sites }: RunContext, network: Network): GeoConfig {
	const { geo } = scenario.requests;
	const asked = askedSignals(scenario);
	return {
		origins: network.origins.map((origin) => ({ ...origin })),
		latencyUs: network.latencyUs.map((row) => [...row]),
		sites: sites.map((site) => {
			const names = siteNames(site.frame);
			for (const signal of ['carbon', 'price'] as const) {
				if (!asked[signal] || site[signal] !== null) continue;
				throw new ConfigError(
					`Cannot choose sites by ${signal}: "${siteName(site.frame.prefix)}" has none; give its ${signal}, or another requests.geo.policy`,
				);
			}
			return {
				name: siteName(site.frame.prefix),
				replicas: [...frontOf(site)],
				carbon: asked.carbon ? names.carbon : null,
				price: asked.price ? names.price : null,
				controller: asked.carbon || asked.price ? names.controller : null,
			};
		}),
		choice:
			geo === null
				? null
				: {
						...{ policy: geo.policy, hysteresis: geo.hysteresis, weights: geo.weights },
						maxOutstandingPerReplica: geo.maxOutstandingPerReplica,
						latencyBudgetUs: geo.latencyBudgetMs === null ? null : 1000 * geo.latencyBudgetMs,
					},
	};
}

import { join } from 'node:path';
import { ConfigError } from '../../protocol/errors.ts';
import type { RosterEntry } from '../../protocol/messages.ts';
import type { Wire } from '../../protocol/readings.ts';
import { ARRIVALS_FILE } from '../../protocol/run-folder/arrivals.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import type {
	AnsweringSite,
	AnswersConfig,
	ArrivalsConfig,
} from '../../services/gateway/openai/config.ts';
import type { RouterConfig } from '../../services/router/config.ts';
import { poolsOf } from './pools.ts';
import type { RunContext } from './run-context.ts';
import { replicaNames, servingFields } from './serving-cast.ts';
import type { SiteContext } from './site-cast.ts';
import { siteNames } from './site-names.ts';
import { wire } from './wire.ts';

type Entry = Omit<RosterEntry, 'host'>;

/** The one who makes requests, and routes them. */
export const ROUTER = 'router';
const ARRIVALS = 'arrivals';
const ANSWERS = 'answers';

/** Whether requests come from outside. */
export function isLive({ requests }: Pick<Scenario, 'requests'>): boolean {
	return requests.source !== 'generated';
}

/**
 * Who takes requests from outside, and who answers them; nobody where none come.
 *
 * @throws ConfigError where nobody could answer
 */
export function liveActors(run: RunContext): Entry[] {
	const { scenario, sites, frame } = run;
	if (!isLive(scenario)) return [];
	const front = sites.flatMap(frontOf);
	if (front.length === 0)
		throw new ConfigError(
			'Cannot take requests from outside without replicas: give serving, or requests.source generated',
		);
	if (scenario.pace === null && run.arrivalsLog === null)
		throw new ConfigError(
			'Cannot answer requests from outside as fast as possible: give a pace, such as 1 for real time, or requests.source generated',
		);
	const [first] = sites as readonly [SiteContext];
	const isShared = sharesPrefixes(run);
	const arrivals: ArrivalsConfig = {
		log: run.arrivalsLog ?? join(first.root, ARRIVALS_FILE),
		untilUs: frame.untilUs,
		models: modelsOf(sites).map(({ name, maxTokens }) => ({ name, maxTokens })),
		pieceTokens: isShared ? (first.scenario.serving?.blockSize ?? PIECE_TOKENS) : null,
		maxOutstanding: scenario.requests.maxOutstanding,
	};
	const answers: AnswersConfig = { replicas: front, sites: sites.flatMap(answeringSite) };
	return [
		{ name: ARRIVALS, kind: 'arrivals', config: arrivals } as Entry,
		{ name: ANSWERS, kind: 'answers', config: answers } as Entry,
	];
}

/** KV blocks have so many tokens by default. */
const PIECE_TOKENS = 16;

/** To the router, and from it and all replicas to whoever answers. Rows go at once: somebody waits. */
export function liveWires(run: RunContext): Wire[] {
	const { scenario, sites } = run;
	if (!isLive(scenario)) return [];
	const all = [
		wire(`${ARRIVALS}.live`, `${ROUTER}.live`),
		...(sharesPrefixes(run) ? [wire(`${ARRIVALS}.live-prefix`, `${ROUTER}.live-prefix`)] : []),
		wire(`${ROUTER}.taken`, `${ANSWERS}.taken`),
		...sites.flatMap((site) => {
			const suffix = suffixOf(site);
			return replicasOf(site).flatMap((name) => [
				wire(`${name}.tokens`, `${ANSWERS}.tokens`),
				wire(`${name}.requests`, `${ANSWERS}.requests${suffix}`),
			]);
		}),
	].map((one): Wire => ({ ...one, live: true }));
	// Known long before.
	const signals = sites.flatMap((site) =>
		site.carbon === null || replicasOf(site).length === 0
			? []
			: [wire(`${siteNames(site.frame).carbon}.signal`, `${ANSWERS}.signal${suffixOf(site)}`)],
	);
	return [...all, ...signals];
}

/** What a router has to know of requests from outside. */
export function liveRouting(run: RunContext): Pick<RouterConfig, 'live'> {
	if (!isLive(run.scenario)) return {};
	const front = run.sites.flatMap(frontOf);
	return {
		live: {
			models: modelsOf(run.sites).map(({ replicas }) =>
				replicas.map((name) => front.indexOf(name)),
			),
			prefixes: sharesPrefixes(run),
		},
	};
}

/** Whether somebody asks what prompts begin with. */
function sharesPrefixes({ scenario, sites }: RunContext): boolean {
	return (
		scenario.requests.policy === 'prefix' ||
		sites.some((site) => site.scenario.serving?.prefixCache?.type === 'shared')
	);
}

interface ModelPlace {
	readonly name: string;
	maxTokens: number;
	readonly replicas: string[];
}

/** The models that replicas serve, in the order of sites; a request may be as long as every one of them takes. */
function modelsOf(sites: readonly SiteContext[]): ModelPlace[] {
	const models: ModelPlace[] = [];
	for (const site of sites) {
		const { serving } = site.scenario;
		const replicas = frontOf(site);
		if (serving === null || replicas.length === 0) continue;
		const { model: name, maxTokens } = serving;
		const known = models.find((model) => model.name === name);
		if (known === undefined) models.push({ name, maxTokens, replicas: [...replicas] });
		else {
			known.maxTokens = Math.min(known.maxTokens, maxTokens);
			known.replicas.push(...replicas);
		}
	}
	return models;
}

function answeringSite(site: SiteContext): AnsweringSite[] {
	const replicas = replicasOf(site);
	if (replicas.length === 0) return [];
	const { requests } = servingFields(site.scenario, site.frame);
	const hasCarbon = site.carbon !== null;
	return [{ suffix: suffixOf(site), requests, replicas: [...replicas], hasCarbon }];
}

function frontOf({ scenario, frame }: SiteContext): readonly string[] {
	return poolsOf(scenario, frame.prefix).front;
}

function replicasOf({ scenario, frame }: SiteContext): readonly string[] {
	return replicaNames(scenario, frame.prefix);
}

function suffixOf({ frame: { prefix } }: SiteContext): string {
	return prefix === '' ? '' : `-${prefix.slice(0, -1)}`;
}

import { version } from '../kernel/host/program.ts';
import { distinct, type Remark, remarkText } from '../protocol/remark.ts';
import type { Scenario } from '../protocol/scenario/scenario.ts';
import { siteFolder } from '../services/recorder/run-folder.ts';
import { placeCrew } from './launch/fast-loops.ts';
import { checkConfigs } from './resolve/check-configs.ts';
import { checkTraces } from './resolve/check-traces.ts';
import { firstAnswers, followersOf } from './resolve/first-answers.ts';
import { memberFeeds } from './resolve/member-feeds.ts';
import { runMetadata } from './resolve/metadata.ts';
import { describeNetwork, networkOf } from './resolve/network.ts';
import { modulesOf, ownActorsOf } from './resolve/own-actors.ts';
import { placeRemarks } from './resolve/place-remarks.ts';
import { begunAt, frameOf, lockName, type Plan, runFolder, runId } from './resolve/plan.ts';
import { profileRemarks } from './resolve/profile-remarks.ts';
import { addSurvey, surveyRequests } from './resolve/request-survey.ts';
import { castOf } from './resolve/roster.ts';
import type { SiteContext } from './resolve/site-cast.ts';
import { prefixOf } from './resolve/site-names.ts';
import { resolveSignals } from './resolve/site-signals.ts';
import { sitesOf } from './resolve/sites.ts';
import { addFeeds, addGaps, addRemarks } from './resolve/source-labels.ts';
import { unitRemarks } from './resolve/unit-remarks.ts';
import type { ValueOrigins } from './resolve/value-origins.ts';

export interface PlanOptions {
	/** The run folder; default: one below runs/ with the name of the run. */
	readonly out?: string | undefined;
	/** The id of the run; default: its name with the time and some chance. */
	readonly id?: string | undefined;
	/** What repeats the run, for its metadata; null: nothing in a line does. */
	readonly command: string | null;
	/** Where the values of the scenario are from; default: not known. */
	readonly origins?: ValueOrigins | undefined;
	/** What the lock of the folder says; default: the run. */
	readonly lockedAs?: string | undefined;
	/** Whether feeds that the run follows are asked for what holds when it begins; default: they are. */
	readonly asks?: boolean;
	/** Whether somebody sees the run from outside while it goes on, through its monitor; default: nobody does. */
	readonly isServed?: boolean | undefined;
	/** Requests from outside come again as this log of another run has them; default: whoever is outside makes them. */
	readonly arrivalsLog?: string | undefined;
	/** Whether it may be told something while it goes on; default: it may not. No result depends on it. */
	readonly isSteered?: boolean | undefined;
}

/**
 * Everything that a run checks before it starts, without running: place, times, models, traces. Live feeds
 * are not asked.
 *
 * @throws ConfigError as a run would
 */
export async function checkScenario(scenario: Scenario): Promise<void> {
	const live = scenario.carbon?.source === 'uk' || scenario.carbon?.source === 'electricitymaps';
	const carbon: Scenario['carbon'] = live
		? { source: 'constant', valueGPerKwh: 0, kind: 'average' }
		: scenario.carbon;
	const { roster } = await makePlan({ ...scenario, carbon }, { command: null, asks: false });
	await checkConfigs(roster);
}

/** Everything before the first step: resolves feeds, wires and places the actors. */
export async function makePlan(wanted: Scenario, options: PlanOptions): Promise<Plan> {
	const startedAt = new Date();
	const frame = frameOf(wanted, startedAt.getTime());
	const scenario = begunAt(wanted, frame);
	const run = options.id ?? runId(scenario, startedAt.getTime());
	const folder = runFolder(run, options.out);
	const { command } = options;
	const { isServed = false, arrivalsLog = null, origins = null } = options;
	const about = { run, version: version(), command, startedAt, origins };
	const plans = sitesOf(scenario, frame);
	const network = scenario.sites.length === 0 ? null : networkOf(scenario, plans);
	const sources = network === null ? [] : describeNetwork(network, plans);
	const [sites, ofSignals]: [SiteContext[], (readonly Remark[])[]] = [[], []];
	for (const plan of plans) {
		const own = await ownActorsOf(plan.scenario, plan.frame);
		const say = (line: string) => void sources.push(line);
		const signals = await resolveSignals(plan, startedAt.getTime(), say);
		const feeds = await memberFeeds(plan.scenario, plan.frame, say);
		ofSignals.push(signals.remarks);
		sites.push({
			...{ scenario: plan.scenario, frame: plan.frame },
			carbon: signals.carbon?.source ?? null,
			marginal: signals.marginal?.source ?? null,
			price: signals.price?.source ?? null,
			exports: signals.exports,
			forecasts: signals.forecasts,
			folder: plan.name === null ? folder : siteFolder(folder, plan.name),
			root: folder,
			run: options.lockedAs ?? lockName(run),
			metadata: runMetadata({
				...{ ...about, ...signals, own, feeds },
				...{ scenario: plan.scenario, frame: plan.frame },
			}),
			origins: network?.origins.map(({ name }) => name) ?? null,
			...{ own, feeds, isSteered: options.isSteered === true },
		});
	}
	const cast = castOf({ scenario, frame, sites, network, isServed, arrivalsLog });
	// What a policy or a cap rule needs of other parts; the rest follows from the scenario's own schema.
	await checkConfigs(cast.actors, new Set(['controller']));
	const survey = surveyRequests(cast.actors);
	const ofRequests = (survey?.notes ?? []).map((one) => ({ of: 'requests', ...one }));
	const remarks: Remark[] = [];
	for (const [i, site] of sites.entries()) {
		const own = cast.actors.filter(({ name }) => prefixOf(name, sites) === site.frame.prefix);
		const { gaps, remarks: found } = await checkTraces(own, site.frame);
		const all = [
			...(ofSignals[i] ?? []),
			...placeRemarks(site.scenario, site.frame),
			...profileRemarks(site.scenario, site.frame),
			...unitRemarks(site.scenario),
			...found,
			...ofRequests,
		];
		if (gaps.length > 0) addGaps(site.metadata, gaps);
		if (survey?.text) addSurvey(site.metadata, survey.text);
		addRemarks(site.metadata, all);
		addFeeds(site.metadata, followersOf(own));
		remarks.push(...all);
	}
	if (survey?.text) sources.push(survey.text);
	const said = distinct(remarks);
	sources.push(...said.map(remarkText));
	const followers = options.asks === false ? [] : followersOf(cast.actors);
	const commands = await firstAnswers(followers, frame.stepUs, (line) => sources.push(line));
	const { roster, external, placing, sharing } = placeCrew(
		{ ...cast, stepUs: frame.stepUs },
		scenario.placement,
	);
	return {
		...(origins === null ? {} : { origins }),
		...{ run, folder, scenario, frame, roster, wires: cast.wires, external, sources, sharing },
		placing,
		...{ remarks: said, requests: survey?.requests ?? 0 },
		...(commands.length === 0 ? {} : { commands }),
		modules: modulesOf(sites),
		sites: network === null ? null : sites,
	};
}

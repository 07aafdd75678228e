import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { printDryRun, printScenario } from '../cli/describe-plan.ts';
import { onInterruptions } from '../cli/interruptions.ts';
import { natsEnv } from '../cli/nats-flags.ts';
import { progressView, silentView } from '../cli/progress-view.ts';
import { gapsText } from '../feeds/signal/gaps.ts';
import { readJoinKey } from '../kernel/bus/nats-access.ts';
import { EXIT, version } from '../kernel/host/program.ts';
import { ensureNatsServer } from '../kernel/nats-server/ensure.ts';
import { ConfigError, messageOf } from '../protocol/errors.ts';
import type { Scenario } from '../protocol/scenario/scenario.ts';
import type { RunEnd } from '../services/coordinator/coordinator.ts';
import type { RunPlan } from '../services/coordinator/run-plan.ts';
import { removeRun } from '../services/recorder/run-files.ts';
import { siteFolder } from '../services/recorder/run-folder.ts';
import { holdFolder } from './launch/hold-folder.ts';
import { ANYBODY_MAY_JOIN, howToJoin } from './launch/how-to-join.ts';
import { type Launched, launchInProcess, launchProcesses, type Watcher } from './launch/launch.ts';
import { noteHosts } from './launch/note-hosts.ts';
import { IN_PROCESS, place } from './launch/placement.ts';
import { checkConfigs } from './resolve/check-configs.ts';
import { checkTraces } from './resolve/check-traces.ts';
import { runMetadata } from './resolve/metadata.ts';
import { describeNetwork, networkOf } from './resolve/network.ts';
import { placeRemarks } from './resolve/place-remarks.ts';
import { frameOf, lockName, type Plan, runFolder, runId } from './resolve/plan.ts';
import { addSurvey, surveyRequests } from './resolve/request-survey.ts';
import { castOf } from './resolve/roster.ts';
import type { SiteContext } from './resolve/site-cast.ts';
import { beginSites, foldersOf } from './resolve/site-folders.ts';
import { resolveSignals } from './resolve/site-signals.ts';
import { sitesOf } from './resolve/sites.ts';
import { addGaps, addRemarks } from './resolve/source-labels.ts';
import { unitRemarks } from './resolve/trace-units.ts';
import { finishRun, mark } from './run-ending.ts';

export interface RunOptions {
	readonly out?: string;
	readonly json: boolean;
	readonly dryRun: boolean;
	readonly overwrite: boolean;
	/** The command line that was given, to repeat the run. */
	readonly command: string;
	/** What the lock of the folder says; default: the run. */
	readonly lockedAs?: string;
}

/** `gridbeat run`: from a scenario to a run folder with its report. Returns the exit code. */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<number> {
	const plan = await makePlan(scenario, options);
	if (options.dryRun) {
		printDryRun(plan, options.json);
		return EXIT.done;
	}
	const say = (text: string) => void process.stderr.write(`${text}\n`);
	const held = holdFolder(plan.folder, lockName(plan.run), say);
	try {
		const end = await runHeld(plan, options, say).catch((error: unknown) => {
			// What cannot be run leaves nothing behind, so that its folder is free for the next try.
			if (error instanceof ConfigError) held.forget();
			throw error;
		});
		if (end.error instanceof ConfigError && end.simulatedUntilUs === 0) {
			held.forget();
			throw end.error;
		}
		return await finishRun(plan, end, options);
	} finally {
		held.release();
	}
}

async function runHeld(plan: Plan, options: RunOptions, say: (text: string) => void) {
	refuseOldRun(plan.folder, options.overwrite);
	if (!options.json) printScenario(plan);
	else if (plan.sharing !== null) say(plan.sharing);
	const view = options.json ? silentView(say) : progressView(plan.frame.untilUs, process.stdout);
	const { end, server } = await execute(plan, view, options.overwrite);
	view.end();
	await server?.stop();
	return end;
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
	const { roster } = await makePlan(
		{ ...scenario, carbon },
		{ json: false, dryRun: true, overwrite: false, command: '' },
	);
	await checkConfigs(roster);
}

/** Everything before the first step: resolves feeds, wires and places the actors. */
export async function makePlan(scenario: Scenario, options: RunOptions): Promise<Plan> {
	const startedAt = new Date();
	const frame = frameOf(scenario);
	const run = runId(scenario, startedAt.getTime());
	const folder = runFolder(run, options.out);
	const { command } = options;
	const about = { run, version: version(), command, startedAt };
	const plans = sitesOf(scenario, frame);
	const network = scenario.sites.length === 0 ? null : networkOf(scenario, plans);
	const sources = network === null ? [] : describeNetwork(network, plans);
	const sites: SiteContext[] = [];
	for (const plan of plans) {
		const signals = await resolveSignals(plan, startedAt.getTime(), (line) => sources.push(line));
		sites.push({
			...{ scenario: plan.scenario, frame: plan.frame },
			carbon: signals.carbon?.source ?? null,
			marginal: signals.marginal?.source ?? null,
			price: signals.price?.source ?? null,
			forecasts: signals.forecasts,
			folder: plan.name === null ? folder : siteFolder(folder, plan.name),
			root: folder,
			run: options.lockedAs ?? lockName(run),
			metadata: runMetadata({ ...about, ...signals, scenario: plan.scenario, frame: plan.frame }),
			origins: network?.origins.map(({ name }) => name) ?? null,
		});
	}
	const cast = castOf({ scenario, frame, sites, network });
	// What a policy or a cap rule needs of other parts; the rest follows from the scenario's own schema.
	await checkConfigs(cast.actors, new Set(['controller']));
	for (const site of sites) {
		const own = cast.actors.filter(({ name }) => name.startsWith(site.frame.prefix));
		const { gaps, remarks: found } = checkTraces(own, site.frame);
		const remarks = [
			...placeRemarks(site.scenario, site.frame),
			...unitRemarks(site.scenario),
			...found,
		];
		if (gaps.length > 0) addGaps(site.metadata, gaps);
		addRemarks(site.metadata, remarks);
		sources.push(...remarks.map(({ actor, text }) => `${actor}: ${text}`));
		sources.push(
			...gaps.map(
				({ actor, count, longestS }) => `${actor}: ${gapsText(count, longestS)} in its file`,
			),
		);
	}
	const survey = surveyRequests(cast.actors);
	if (survey !== null) {
		for (const site of sites) addSurvey(site.metadata, survey);
		sources.push(survey);
	}
	const { roster, external, sharing } = place(cast.actors, scenario.placement);
	return {
		...{ run, folder, scenario, frame, roster, wires: cast.wires, external, sources, sharing },
		sites: network === null ? null : sites,
	};
}

function refuseOldRun(folder: string, overwrite: boolean): void {
	if (
		overwrite ||
		!['metadata.yaml', 'repeats.yaml'].some((name) => existsSync(join(folder, name)))
	)
		return;
	throw new ConfigError(
		`Cannot write the run to "${folder}": it already holds a run; give another --out, or --overwrite`,
	);
}

/** From here on the folder is the new run's: one that was there goes as a whole, the files of two do not mix. */
function beginFolder(plan: Plan, overwrite: boolean): void {
	if (overwrite) removeRun(plan.folder);
	beginSites(plan);
}

/** Launches the run where its placement says, lets Ctrl-C end it in order, and waits for its end. */
async function execute(
	plan: Plan,
	view: Watcher & { notice(text: string): void },
	overwrite: boolean,
) {
	const { run, roster, wires, external, frame, scenario } = plan;
	const runPlan: RunPlan = {
		run,
		seed: frame.seed,
		untilUs: frame.untilUs,
		windowUs: frame.windowUs,
		roster,
		wires,
		external,
		pace: scenario.pace,
	};
	const begin = () => beginFolder(plan, overwrite);
	let launched: Launched | null = null;
	let interrupts = 0;
	let simulatedUntilUs = 0;
	const watcher: Watcher = {
		...view,
		hostsReady(hosts) {
			try {
				noteHosts(foldersOf(plan), hosts);
			} catch (error) {
				view.notice(messageOf(error));
			}
		},
		windowDone(simulatedUs) {
			simulatedUntilUs = simulatedUs;
			view.windowDone(simulatedUs);
		},
	};
	const onInterrupt = () => {
		interrupts++;
		if (launched === null) process.stderr.write('Interrupted before the run began\n');
		if (interrupts > 1) {
			launched?.kill();
			mark(plan, 'incomplete', { reason: 'interrupted by the user', simulatedUntilUs });
		}
		if (interrupts > 1 || launched === null) process.exit(EXIT.interrupted);
		view.notice('Stopping after this window (Ctrl-C again to stop at once)');
		launched.interrupt();
	};
	const stopListening = onInterruptions(onInterrupt);
	try {
		return await launch(runPlan, { plan, view, watcher, begin }, (begun) => {
			launched = begun;
			return begun.end;
		});
	} finally {
		stopListening();
	}
}

interface Shown {
	readonly plan: Plan;
	readonly view: { notice(text: string): void };
	readonly watcher: Watcher;
	/** Called when all that a run needs is there, before it is launched. */
	readonly begin: () => void;
}

/** Launches where the placement says, on a NATS server if there is one, and waits for what `follow` waits for. */
async function launch(
	runPlan: RunPlan,
	{ plan, view, watcher, begin }: Shown,
	follow: (launched: Launched) => Promise<RunEnd>,
) {
	const { roster, external, scenario } = plan;
	if (scenario.placement.mode === 'in-process') {
		begin();
		return { end: await follow(await launchInProcess(runPlan, watcher)), server: null };
	}
	const env = natsEnv();
	const joinKey = readJoinKey(env);
	const server = await ensureNatsServer({ say: (text) => view.notice(text), env });
	if (server.type === 'none') {
		if (external.size > 0) {
			throw new ConfigError(`Cannot await actors from elsewhere without NATS: ${server.describe}`);
		}
		view.notice(`Running in one process without NATS: ${server.describe}`);
		const inline = place(roster, IN_PROCESS);
		begin();
		const inProcess = await launchInProcess({ ...runPlan, roster: inline.roster }, watcher);
		return { end: await follow(inProcess), server: null };
	}
	if (external.size > 0) {
		view.notice(howToJoin(plan, server));
		if (joinKey === null && !server.isPrivate) view.notice(ANYBODY_MAY_JOIN);
	}
	try {
		begin();
		const meeting = { ...server, joinKey, folder: plan.folder };
		return { end: await follow(await launchProcesses(runPlan, meeting, watcher)), server };
	} catch (error) {
		await server.stop();
		throw error;
	}
}

import { existsSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError, messageOf, SimulationError } from '../../protocol/errors.ts';
import type { Scenario } from '../../protocol/scenario.ts';
import { HOUR_US } from '../../protocol/time.ts';
import { withoutSecrets } from '../../protocol/urls.ts';
import type { RunEnd } from '../coordinator/coordinator.ts';
import type { RunPlan } from '../coordinator/run-plan.ts';
import { ensureNatsServer } from '../nats-server/ensure.ts';
import { markEnded, noteRefusals, type RunStatus, siteFolder } from '../recorder/run-folder.ts';
import { gapsText } from '../signal/gaps.ts';
import { checkConfigs } from './check-configs.ts';
import { checkTraces } from './check-traces.ts';
import { printDryRun, printScenario } from './describe.ts';
import { finishReport } from './finish.ts';
import { type Launched, launchInProcess, launchProcesses, type Watcher } from './launch.ts';
import { runMetadata } from './metadata.ts';
import { describeNetwork, networkOf } from './network.ts';
import { place } from './placement.ts';
import { frameOf, type Plan, runFolder, runId } from './plan.ts';
import { EXIT, version } from './program.ts';
import { progressView, silentView } from './progress-view.ts';
import { castOf } from './roster.ts';
import type { SiteContext } from './site-cast.ts';
import { beginSites, foldersOf } from './site-folders.ts';
import { resolveSignals } from './site-signals.ts';
import { sitesOf } from './sites.ts';
import { addGaps } from './source-labels.ts';

export interface RunOptions {
	readonly out?: string;
	readonly json: boolean;
	readonly dryRun: boolean;
	readonly overwrite: boolean;
	/** The command line that was given, to repeat the run. */
	readonly command: string;
}

/** `gridbeat run`: from a scenario to a run folder with its report. Returns the exit code. */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<number> {
	const plan = await makePlan(scenario, options);
	if (options.dryRun) {
		printDryRun(plan, options.json);
		return EXIT.done;
	}
	refuseOldRun(plan.folder, options.overwrite);
	const before = entriesOf(plan.folder);
	const say = (text: string) => void process.stderr.write(`${text}\n`);
	if (!options.json) printScenario(plan);
	beginSites(plan);
	const view = options.json ? silentView(say) : progressView(plan.frame.untilUs, process.stdout);
	const { end, server } = await execute(plan, view);
	view.end();
	await server?.stop();
	if (end.error instanceof ConfigError && end.simulatedUntilUs === 0) forget(plan.folder, before);
	return finish(plan, end, options);
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
			metadata: runMetadata({ ...about, ...signals, scenario: plan.scenario, frame: plan.frame }),
			origins: network?.origins.map(({ name }) => name) ?? null,
		});
	}
	const cast = castOf({ scenario, frame, sites, network });
	// What a policy or a cap rule needs of other parts; the rest follows from the scenario's own schema.
	await checkConfigs(cast.actors, new Set(['controller']));
	for (const site of sites) {
		const own = cast.actors.filter(({ name }) => name.startsWith(site.frame.prefix));
		const gaps = checkTraces(own, site.frame);
		if (gaps.length > 0) addGaps(site.metadata, gaps);
		sources.push(
			...gaps.map(
				({ actor, count, longestS }) => `${actor}: ${gapsText(count, longestS)} in its file`,
			),
		);
	}
	const { roster, external } = place(cast.actors, scenario.placement);
	return {
		...{ run, folder, scenario, frame, roster, wires: cast.wires, external, sources },
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

/** Names in a folder; null if there is none, nothing if it is a file. */
function entriesOf(folder: string): readonly string[] | null {
	if (!existsSync(folder)) return null;
	return statSync(folder).isDirectory() ? readdirSync(folder) : [];
}

/** A run that could not be configured leaves nothing behind, so that its folder is free for the next try. */
function forget(folder: string, before: readonly string[] | null): void {
	for (const name of entriesOf(folder) ?? []) {
		if (before?.includes(name) !== true) rmSync(join(folder, name), { recursive: true });
	}
	if (before === null && existsSync(folder)) rmdirSync(folder);
}

/** Launches the run where its placement says, lets Ctrl-C end it in order, and waits for its end. */
async function execute(plan: Plan, view: Watcher & { notice(text: string): void }) {
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
	let launched: Launched | null = null;
	let interrupts = 0;
	let simulatedUntilUs = 0;
	const watcher: Watcher = {
		...view,
		windowDone(simulatedUs) {
			simulatedUntilUs = simulatedUs;
			view.windowDone(simulatedUs);
		},
	};
	const onInterrupt = () => {
		interrupts++;
		if (launched === null) process.stderr.write('Interrupted before the run began\n');
		if (interrupts > 1)
			mark(plan, 'incomplete', { reason: 'interrupted by the user', simulatedUntilUs });
		if (interrupts > 1 || launched === null) process.exit(EXIT.interrupted);
		view.notice('Stopping after this window (Ctrl-C again to stop at once)');
		launched.interrupt();
	};
	process.on('SIGINT', onInterrupt);
	process.on('SIGTERM', onInterrupt);
	try {
		return await launch(runPlan, { plan, view, watcher }, (begun) => {
			launched = begun;
			return begun.end;
		});
	} finally {
		process.off('SIGINT', onInterrupt);
		process.off('SIGTERM', onInterrupt);
	}
}

interface Shown {
	readonly plan: Plan;
	readonly view: { notice(text: string): void };
	readonly watcher: Watcher;
}

/** Launches where the placement says, on a NATS server if there is one, and waits for what `follow` waits for. */
async function launch(
	runPlan: RunPlan,
	{ plan, view, watcher }: Shown,
	follow: (launched: Launched) => Promise<RunEnd>,
) {
	const { roster, external, scenario } = plan;
	if (scenario.placement.mode === 'in-process')
		return { end: await follow(await launchInProcess(runPlan, watcher)), server: null };
	const server = await ensureNatsServer({ say: (text) => view.notice(text) });
	if (server.type === 'none') {
		if (external.size > 0) {
			throw new ConfigError(`Cannot await actors from elsewhere without NATS: ${server.describe}`);
		}
		view.notice(`Running in one process without NATS: ${server.describe}`);
		const inline = place(roster, { ...scenario.placement, mode: 'in-process' });
		const inProcess = await launchInProcess({ ...runPlan, roster: inline.roster }, watcher);
		return { end: await follow(inProcess), server: null };
	}
	if (external.size > 0) {
		view.notice(howToJoin(roster, external, server.url));
	}
	try {
		return { end: await follow(await launchProcesses(runPlan, server.url, watcher)), server };
	} catch (error) {
		await server.stop();
		throw error;
	}
}

/** For whom the run waits, and the command that starts them. */
function howToJoin(roster: Plan['roster'], external: ReadonlySet<string>, url: string): string {
	const kinds = new Set(roster.filter(({ host }) => external.has(host)).map(({ kind }) => kind));
	const others = [...kinds].filter((kind) => kind !== 'replica');
	const flags = others.length === 0 ? '' : ` ARGS="--kind ${[...kinds].join(' ')}"`;
	const command = `make worker NATS_URL=${withoutSecrets(url)}${flags}`;
	return `Waiting for ${[...external].join(', ')}: ${command}`;
}

async function finish(plan: Plan, end: RunEnd, options: RunOptions): Promise<number> {
	const status = { complete: 'complete', interrupted: 'incomplete', failed: 'failed' } as const;
	// Of several sites no recorder writes for the whole.
	if (end.outcome !== 'complete' || plan.sites !== null) mark(plan, status[end.outcome], end);
	if (end.refusals.count + end.refusals.duplicates > 0) noteInFolders(plan, end);
	if (end.error instanceof ConfigError) throw end.error;
	const recorded = existsSync(join(plan.folder, 'metadata.yaml')) && end.simulatedUntilUs > 0;
	try {
		if (recorded && plan.scenario.outputs.parquet) await exportTables(foldersOf(plan));
		if (recorded) await finishReport(plan, end, options.json);
	} catch (error) {
		// A run that failed already says why it did; the report may have failed for the same reason.
		if (end.outcome === 'complete') throw new SimulationError(messageOf(error));
	}
	if (end.outcome === 'complete') return EXIT.done;
	process.stderr.write(`${explainEnd(plan, end, recorded)}\n`);
	return end.outcome === 'interrupted' ? EXIT.interrupted : EXIT.failed;
}

/** The CSV files of run folders as Parquet too. The writer is loaded when asked for: few runs need it. */
export async function exportTables(folders: readonly string[]): Promise<void> {
	const { exportParquet } = await import('../export/parquet.ts');
	for (const folder of folders) await exportParquet(folder, version());
}

function explainEnd(plan: Plan, end: RunEnd, recorded: boolean): string {
	const hours = (end.simulatedUntilUs / HOUR_US).toFixed(2);
	const kept = recorded
		? `; what was recorded up to ${hours} h of simulated time is kept in ${plan.folder}`
		: '';
	return end.outcome === 'interrupted' ? `Interrupted${kept}` : `${end.reason}${kept}`;
}

/** Messages that were refused stand in the metadata, from where the table and the page have them. */
function noteInFolders(plan: Plan, { refusals }: RunEnd): void {
	for (const folder of foldersOf(plan)) {
		if (existsSync(join(folder, 'metadata.yaml'))) noteRefusals(folder, refusals);
	}
}

/** The recorder may be gone: its last word in metadata.yaml is ours to write then. */
function mark(
	plan: Plan,
	status: Exclude<RunStatus, 'running'>,
	end: Pick<RunEnd, 'reason' | 'simulatedUntilUs'>,
): void {
	const { simulatedUntilUs } = end;
	const reason = status === 'complete' ? null : end.reason;
	for (const folder of foldersOf(plan)) {
		if (!existsSync(join(folder, 'metadata.yaml'))) continue;
		try {
			markEnded(folder, status, { reason, simulatedUntilUs });
		} catch (error) {
			process.stderr.write(`${messageOf(error)}\n`);
		}
	}
}

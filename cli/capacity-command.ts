import { join } from 'node:path';
import Table from 'cli-table3';
import type { Command } from 'commander';
import { realFolder } from '../kernel/files/open-below.ts';
import { EXIT } from '../kernel/host/program.ts';
import { ConfigError } from '../protocol/errors.ts';
import { parseDuration } from '../protocol/scenario/duration.ts';
import type { Scenario } from '../protocol/scenario/scenario.ts';
import { usToSeconds } from '../protocol/time.ts';
import { formatNumber } from '../results/report/format.ts';
import { frameOf } from '../run/resolve/plan.ts';
import { replicaConfig } from '../run/resolve/replica-config.ts';
import { drawnNotes } from '../run/resolve/request-survey.ts';
import { routerConfig } from '../run/resolve/router-config.ts';
import { CapacityFile } from '../studies/capacity/capacity-file.ts';
import type { Configuration, Impossible } from '../studies/capacity/configuration.ts';
import { findCapacity } from '../studies/capacity/find-capacity.ts';
import { gpuHour } from '../studies/capacity/prices.ts';
import { changesIn, type RequestSource } from '../studies/capacity/requests.ts';
import { type Answer, answerOf, bestBy, GAINS } from '../studies/capacity/results.ts';
import { objectivesOf } from '../studies/capacity/slo.ts';
import { CAPACITY_WORKER } from '../studies/capacity/worker-script.ts';
import { bestOf, writeCapacity } from '../studies/capacity/write-results.ts';
import { meanCarbon, meanPrice, meanPue } from '../studies/session/mean-signal.ts';
import { readStudy, type Study, scenarioAt } from '../studies/session/study-file.ts';
import { type StudySession, WORKERS_HELP } from '../studies/session/study-session.ts';
import { expandDesign, type Point, pointLabel, varyingKeys } from '../studies/sweep/design.ts';
import { silentView, workView } from '../studies/sweep/progress.ts';
import { inParallel } from '../studies/sweep/work-loop.ts';
import { printJson } from './json-output.ts';
import { addNatsFlags, natsEnv } from './nats-flags.ts';
import { inStudyTerminal, type StudyFlags } from './study-terminal.ts';

/** Adds `gridbeat capacity`; `set` takes the exit code. */
export function addCapacity(
	gridbeat: Command,
	set: (work: Promise<number>) => Promise<void>,
): void {
	const command = gridbeat
		.command('capacity')
		.description('find the largest request rate that configurations can serve within objectives')
		.argument('<file>', 'what to search (YAML); see docs/capacity-search.md')
		.option('--jobs <count>', 'processes; default: one for each core')
		.option('--workers', WORKERS_HELP)
		.option('--retry', 'do again what failed before')
		.option('--out <folder>', 'folder of results; default: capacity/<name>')
		.option('--json', 'print the best configurations as JSON, all else to standard error');
	addNatsFlags(command).action((file: string, options: StudyFlags) =>
		set(runCapacity(file, { ...options, env: natsEnv(options) })),
	);
}

/**
 * Does what the file says, and prints what came of it. Returns the exit code.
 *
 * @throws ConfigError for what cannot be used, before anything is written
 */
export async function runCapacity(path: string, options: StudyFlags): Promise<number> {
	const study = readStudy(path, CapacityFile, 'capacity file');
	const { minDuration } = study.file.search;
	const minDurationS = usToSeconds(parseDuration(minDuration, 'search.minDuration'));
	const { points, configurations, sources, notes } = await configurationsOf(study);
	const folder = realFolder(options.out ?? join('capacity', study.file.name));
	return inStudyTerminal(CAPACITY_WORKER, folder, options, async (session) => {
		const answers = await search(
			{ file: study.file, minDurationS },
			configurations,
			session,
			options,
		);
		const keys = varyingKeys(points);
		const { program } = session;
		const file = { ...study.file, base: study.base.raw };
		const rested = [...sources, ...notes];
		writeCapacity(folder, { file, answers, keys, sources: rested, program });
		print(answers, { folder, notes }, options.json === true);
		const broken = answers.filter(({ isBroken }) => isBroken);
		for (const { label, remark } of broken) process.stderr.write(`${label} failed: ${remark}\n`);
		return broken.length > 0 ? EXIT.failed : EXIT.done;
	});
}

async function search(
	{ file, minDurationS }: { file: CapacityFile; minDurationS: number },
	configurations: readonly (Configuration | Impossible)[],
	{ runner, width }: StudySession,
	options: StudyFlags,
): Promise<Answer[]> {
	const noun = 'configurations';
	const view =
		options.json === true
			? silentView(process.stderr)
			: workView(configurations.length, noun, process.stdout);
	const objectives = objectivesOf(file.slo);
	try {
		return await inParallel(configurations, width, async (configuration) => {
			const { label } = configuration;
			if ('reason' in configuration) {
				view.done(label, null);
				return answerOf({ configuration, found: null });
			}
			const tried = (qps: number | null) =>
				view.update(label, qps === null ? 'all at once' : `${formatNumber(qps)} requests/s`);
			const context = { runner, search: file.search, minDurationS, objectives, tried };
			const answer = answerOf({
				configuration,
				found: await findCapacity(configuration, context),
			});
			view.done(label, answer.isBroken ? answer.remark : null);
			return answer;
		});
	} finally {
		view.end();
	}
}

/** Every point of the design, made ready; points whose parts do not fit together say why. */
async function configurationsOf({ file, base }: Study<CapacityFile>) {
	const seed = String((base.raw as { seed?: unknown }).seed ?? '1');
	const points = expandDesign(file, seed);
	const keys = varyingKeys(points);
	const sources = new Set<string>();
	const notes = new Set<string>();
	const configurations: (Configuration | Impossible)[] = [];
	for (const point of points) {
		const label = pointLabel(point, keys);
		const { gpus = file.gpus, ...rest } = point;
		const scenario = scenarioAt(base, rest);
		const gpuCount = gpusOf(gpus);
		try {
			const made = await configurationAt(scenario, { label, point, gpuCount, file });
			for (const source of made.sources) sources.add(source);
			for (const note of made.notes) notes.add(note);
			configurations.push(made.configuration);
		} catch (error) {
			if (!(error instanceof ConfigError)) throw error;
			configurations.push({ label, point, reason: error.message });
		}
	}
	const [first] = configurations;
	if (first !== undefined && configurations.every((one) => 'reason' in one) && 'reason' in first)
		throw new ConfigError(first.reason);
	return { points, configurations, sources: [...sources], notes: [...notes] };
}

function gpusOf(value: unknown): number | null {
	if (value === null) return null;
	if (typeof value === 'number' && Number.isInteger(value) && value >= 1) return value;
	throw new ConfigError(
		`Cannot use "gpus" = ${JSON.stringify(value)}: give a whole number from 1 on`,
	);
}

interface At {
	readonly label: string;
	readonly point: Point;
	readonly gpuCount: number | null;
	readonly file: CapacityFile;
}

/** The search runs replicas by themselves, without the actors that prefixes and pools need. */
function refuseExtensions(
	{ disaggregation, prefixCache, scaling }: NonNullable<Scenario['serving']>,
	{ prefixes, policy, concurrency, sessions, clients, qps }: Scenario['requests'],
): void {
	const refuse = (what: string) => {
		throw new ConfigError(`Cannot search a capacity with ${what}: only \`gridbeat run\` serves it`);
	};
	if (disaggregation !== null) refuse('serving.disaggregation');
	if (scaling !== null) refuse('serving.scaling');
	if (prefixCache?.type === 'shared') refuse('a shared prefix cache');
	if (prefixes !== null) refuse('requests.prefixes');
	if (policy === 'prefix') refuse('policy prefix');
	if (concurrency !== null) refuse('requests.concurrency, as it looks for a rate');
	if (sessions !== null) refuse('requests.sessions');
	if (clients !== null) refuse('requests.clients');
	if (qps === 'inf') refuse('requests.qps inf, as it looks for a rate');
}

async function configurationAt(scenario: Scenario, { label, point, gpuCount, file }: At) {
	const { serving, requests } = scenario;
	if (serving === null)
		throw new ConfigError('Cannot search a capacity: the scenario has no serving');
	if (scenario.sites.length > 0)
		throw new ConfigError('Cannot search the capacity of several sites: leave "sites" out');
	if (requests.rate !== null)
		throw new ConfigError(
			'Cannot search a capacity with requests.rate: the rate is what is searched; leave it out',
		);
	refuseExtensions(serving, requests);
	const gpusPerReplica = serving.tensorParallel * serving.pipelineStages;
	const replicas = gpuCount === null ? serving.replicas : Math.floor(gpuCount / gpusPerReplica);
	if (replicas === 0)
		throw new ConfigError(
			`Cannot place a replica of ${gpusPerReplica} GPUs on ${gpuCount}: give more GPUs`,
		);
	const frame = frameOf(scenario);
	const replica = replicaConfig(scenario, frame);
	const router = routerConfig(scenario, frame, ['replica-1']);
	const { intervals, lengths, maxTokens, overlong, zeroTokens, compatibility, policy } = router;
	const carbon = await meanCarbon(scenario, frame);
	const price = await meanPrice(scenario, frame);
	const { name: device } = replica.device;
	const { accounting } = scenario;
	const given = file.gpuUsdPerHour[device] ?? accounting.gpuUsdPerHour;
	const hour = gpuHour(device, given, accounting.embodied);
	const configuration: Configuration = {
		label,
		point,
		replica,
		replicas,
		gpus: replicas * gpusPerReplica,
		source: {
			seed: frame.seed,
			...{ intervals, lengths, maxTokens, overlong, zeroTokens, compatibility, policy },
		},
		gpuHour: hour,
		usdPerKwh: price?.mean ?? null,
		carbonGPerKwh: carbon?.mean ?? null,
		pue: await meanPue(scenario, frame, replica.pue),
	};
	const sources = [
		`An hour of an ${device.toUpperCase()}: ${hour.usd} USD (${hour.source}).`,
		carbon === null
			? 'No carbon signal.'
			: `Carbon: mean ${formatNumber(carbon.mean)} g/kWh, ${carbon.describe}.`,
		price === null
			? 'Electricity: part of the price of the GPUs.'
			: `Electricity: mean ${formatNumber(price.mean)} USD/kWh on top, ${price.describe}.`,
	];
	const cut = lengthsNote(configuration.source, file.search.requests);
	const notes = [...(cut === null ? [] : [cut]), ...drawnNotes(router, replica)];
	return { configuration, sources, notes };
}

/**
 * What becomes of the requests of a source that it does not have as they are sent; null where all are.
 *
 * @throws ConfigError for lengths and files that are refused
 */
function lengthsNote(source: RequestSource, count: number): string | null {
	const { changed, leftOut } = changesIn(source, count);
	if (changed + leftOut === 0) return null;
	return (
		`Lengths: of the first ${formatNumber(count)} requests ${formatNumber(changed)} are cut or lengthened and ` +
		`${formatNumber(leftOut)} left out to fit (serving.maxTokens ${source.maxTokens}, requests.overlong, requests.zeroTokens).`
	);
}

interface Told {
	readonly folder: string;
	readonly notes: readonly string[];
}

function print(answers: readonly Answer[], { folder, notes }: Told, json: boolean): void {
	if (json) {
		printJson('capacity', { folder, best: bestOf(answers), notes });
		return;
	}
	const style = { head: [], border: [] };
	const table = new Table({
		head: [
			'configuration',
			'requests/s',
			'per GPU',
			'per USD/h',
			'per kW',
			'requests/g',
			'limited by',
		],
		colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'left'],
		style,
	});
	for (const { label, best, configuration, limitedBy, remark } of answers) {
		if (best === null) {
			table.push([label, '–', '–', '–', '–', '–', remark]);
			continue;
		}
		const { qpsPerUsdPerHour, qpsPerKw, requestsPerG } = best.economics;
		const perGpu = best.qps / (configuration?.gpus ?? Number.NaN);
		const figures = [best.qps, perGpu, qpsPerUsdPerHour, qpsPerKw, requestsPerG].map(formatNumber);
		table.push([label, ...figures, [limitedBy.join(', '), remark].filter(Boolean).join('; ')]);
	}
	process.stdout.write(`${table.toString()}\n`);
	for (const { name, per } of GAINS) {
		const best = bestBy(answers, name);
		process.stdout.write(`Best per ${per}: ${best === null ? 'none' : best.label}\n`);
	}
	for (const note of notes) process.stdout.write(`${note}\n`);
	process.stdout.write(`Results: ${join(folder, 'index.html')}\n`);
}

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Table from 'cli-table3';
import type { Json } from '../../kernel/files/canonical.ts';
import { realFolder } from '../../kernel/files/open-below.ts';
import { projectFile } from '../../kernel/files/project-file.ts';
import { EXIT } from '../../kernel/host/program.ts';
import { ConfigError } from '../../protocol/errors.ts';
import type { Metric } from '../../results/compare/metrics.ts';
import { parseRaw, type Raw } from '../../run/resolve/scenario-file.ts';
import { energyKwh } from '../experiments/compare.ts';
import { type Experiment, parseExperiments } from '../experiments/experiment.ts';
import type { Flavour, Outcome } from '../experiments/run-experiment.ts';
import { experimentOf, VidurPoint } from '../experiments/vidur-point.ts';
import {
	expandDesign,
	type Point,
	pointLabel,
	shortKey,
	valueText,
	varyingKeys,
} from '../sweep/design.ts';
import { silentView, workView } from '../sweep/progress.ts';
import type { SweepFile } from '../sweep/sweep-file.ts';
import { pointsOf, type SweepRun } from '../sweep/sweep-results.ts';
import { inParallel } from '../sweep/work-loop.ts';
import { writeSweep } from '../sweep/write-sweep.ts';
import type { Study } from './study-file.ts';
import { type StudyOptions, type StudySession, withSession } from './study-session.ts';
import { SWEEP_WORKER } from './sweep-worker-script.ts';

const PUBLISHED_TABLE = 'profiling-data/vidur-energy-experiments.csv';

/** Vidur's seed, which its command lines do not change. */
const SEED = '42';

/** Read from outcomes, not from the summary of a run. */
const metric = (name: string, unit: string): Metric => ({ name, unit, of: () => Number.NaN });

const METRICS: readonly Metric[] = [
	metric('powerW', 'W'),
	metric('timeS', 's'),
	metric('mfuPercent', '%'),
	metric('gpuEnergyKwh', 'kWh'),
	metric('batchMean', 'requests'),
	metric('powerDifference', '%'),
	metric('timeDifference', '%'),
	metric('mfuDifference', '%'),
	metric('gpuEnergyDifference', '%'),
];

/** A run that is to be done. */
interface Planned {
	readonly number: number;
	readonly label: string;
	readonly point: Point;
	readonly profile: Flavour;
	readonly experiment: Experiment;
}

/** The figures that a run has and a publication may have. */
type Figures = Readonly<
	Record<'powerW' | 'timeS' | 'mfuPercent' | 'gpuEnergyKwh' | 'batchMean', number>
>;

/** A run that has been done, beside what was published of it. */
interface Done extends Planned {
	readonly hash: string;
	readonly failure: string | null;
	readonly ours: Figures | null;
	readonly published: Figures | null;
}

/**
 * A sweep over command lines of Vidur (`base: { vidur: … }`): each point is run as Vidur-Energy ran its experiments,
 * and what was published of it, if anything was, stands beside it in the results. Returns the exit code.
 *
 * @throws ConfigError for points that are none
 */
export async function runVidurSweep(
	study: Study<SweepFile>,
	options: StudyOptions & { readonly limit?: string },
): Promise<number> {
	refuseOthers(study.file);
	const planned = planRuns(study, limitOf(options.limit));
	const folder = realFolder(options.out ?? join('sweeps', study.file.name));
	return withSession(SWEEP_WORKER, folder, options, async (session) => {
		const done = await doRuns(planned, session, options.json === true);
		const varying = varyingKeys(planned.map(({ point }) => point));
		const isBeside = done.some(({ published }) => published !== null);
		const keys = isBeside ? [...varying, 'source'] : varying;
		const runs = done.flatMap((one) => rowsOf(one, isBeside));
		const file = { ...study.file, base: study.base.raw };
		const points = pointsOf(runs, METRICS);
		writeSweep(folder, { file, runs, points, keys, metrics: METRICS, program: session.program });
		const failed = done.filter(({ failure }) => failure !== null);
		process.stdout.write(
			options.json === true
				? `${JSON.stringify({ folder, runs: done.map(({ experiment: _, ...one }) => one), failed: failed.length }, null, '\t')}\n`
				: `${tableText(done, varying)}\n${done.length} runs (${failed.length} failed): ${join(folder, 'index.html')}\n`,
		);
		return failed.length > 0 ? EXIT.failed : EXIT.done;
	});
}

/** Vidur's seed is one of many in its command lines, and its figures are others. */
function refuseOthers({ repeats, metrics }: SweepFile): void {
	if ((repeats === null || repeats === 1) && metrics === null) return;
	throw new ConfigError(
		'Cannot use "repeats" or "metrics" in a sweep of Vidur command lines: its seed and its figures are fixed; leave them out',
	);
}

function limitOf(text: string | undefined): number {
	if (text === undefined) return Number.POSITIVE_INFINITY;
	const limit = Number(text);
	if (Number.isInteger(limit) && limit > 0) return limit;
	throw new ConfigError(`Cannot use --limit "${text}": give a whole number from 1 on`);
}

/** Points that a limit makes equal are run once. */
function planRuns({ file, base }: Study<SweepFile>, limit: number): Planned[] {
	const known = parseExperiments(
		readFileSync(projectFile(PUBLISHED_TABLE), 'utf8'),
		PUBLISHED_TABLE,
	);
	const points = expandDesign(file, SEED);
	const keys = varyingKeys(points);
	const seen = new Set<string>();
	return points.flatMap((point, index) => {
		const raw: Raw = { ...(base.raw['vidur'] as Raw) };
		for (const [key, value] of Object.entries(point)) {
			const [section, name = '', ...rest] = key.split('.');
			if (section !== 'vidur' || name === '' || rest.length > 0)
				throw new ConfigError(
					`Cannot vary "${key}" in a sweep of Vidur command lines: its keys begin with "vidur.", such as vidur.qps`,
				);
			raw[name] = value;
		}
		const asked = parseRaw(VidurPoint, { ...base, raw });
		const requests = Math.min(asked.requests, limit);
		const cut = requests < asked.requests ? { 'vidur.requests': requests } : {};
		const shown = { ...point, ...('vidur.requests' in point ? cut : {}) };
		const experiment = experimentOf({ ...asked, requests }, known);
		const identity = JSON.stringify([experiment, asked.profile]);
		if (seen.has(identity)) return [];
		seen.add(identity);
		const label = pointLabel(shown, keys);
		return [{ number: index + 1, label, point: shown, profile: asked.profile, experiment }];
	});
}

async function doRuns(
	planned: readonly Planned[],
	{ runner, width }: StudySession,
	isSilent: boolean,
): Promise<Done[]> {
	const view = isSilent
		? silentView(process.stderr)
		: workView(planned.length, 'runs', process.stdout);
	// The longest first, so that none is left alone at the end; the results are in the order of the design.
	const order = [...planned].sort((a, b) => b.experiment.requests - a.experiment.requests);
	try {
		const done = await inParallel(order, width, async (one) => {
			const { experiment, profile, label } = one;
			const spec = { experiment, profile } as unknown as Json;
			const { hash, outcome } = await runner.run({ kind: 'experiment', label, spec }, () => {});
			const failure = 'failure' in outcome ? outcome.failure : null;
			view.done(label, failure);
			const result = 'failure' in outcome ? null : (outcome.result as unknown as Outcome);
			return {
				...one,
				hash,
				failure,
				ours: result === null ? null : figuresOf(experiment, result),
				published: figuresOf(experiment, experiment.published),
			};
		});
		return done.sort((a, b) => a.number - b.number);
	} finally {
		view.end();
	}
}

/** Null where there is no power or no time. */
function figuresOf(
	experiment: Experiment,
	of: Pick<Experiment['published'], 'powerW' | 'timeS' | 'mfuPercent' | 'batchMean'>,
): Figures | null {
	if (of.powerW === null || of.timeS === null) return null;
	return {
		powerW: of.powerW,
		timeS: of.timeS,
		mfuPercent: of.mfuPercent ?? Number.NaN,
		gpuEnergyKwh: energyKwh(experiment, of.powerW, of.timeS),
		batchMean: of.batchMean ?? Number.NaN,
	};
}

/** A row of ours, and one of the publication. */
function rowsOf(one: Done, isBeside: boolean): SweepRun[] {
	const { number, label, point, hash, failure, ours, published } = one;
	const common = { seed: SEED, hash, failure };
	const row = (source: string, at: number, values: Record<string, number> | null): SweepRun => ({
		...common,
		number: at,
		label: isBeside ? `${label}, ${source}` : label,
		point: isBeside ? { ...point, source } : point,
		values,
	});
	const mine = ours === null ? null : { ...ours, ...differences(ours, published) };
	// The numbers of points tell apart what is drawn apart.
	const rows = [row('Gridbeat', isBeside ? 2 * number - 1 : number, mine)];
	if (published !== null)
		rows.push({ ...row('published', 2 * number, { ...published }), failure: null });
	return rows;
}

function differences(ours: Figures, published: Figures | null): Record<string, number> {
	if (published === null) return {};
	const percent = (key: keyof Figures) => 100 * (ours[key] / published[key] - 1);
	return {
		powerDifference: percent('powerW'),
		timeDifference: percent('timeS'),
		mfuDifference: percent('mfuPercent'),
		gpuEnergyDifference: percent('gpuEnergyKwh'),
	};
}

const SHOWN: readonly (readonly [keyof Figures, string])[] = [
	['powerW', 'power W/GPU'],
	['timeS', 'time s'],
	['mfuPercent', 'MFU %'],
	['gpuEnergyKwh', 'energy kWh'],
];

/** The publication's figures beside ours; where nothing is published, ours alone. */
function tableText(done: readonly Done[], keys: readonly string[]): string {
	const isBeside = done.some(({ published }) => published !== null);
	const heads = SHOWN.flatMap(([, name]) => (isBeside ? [`${name}: paper`, 'ours', '%'] : [name]));
	const table = new Table({
		head: [...keys.map((key) => shortKey(key, keys)), ...heads],
		style: { head: [], border: [] },
		chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
	});
	const text = (value: number | undefined) =>
		value === undefined || Number.isNaN(value) ? '–' : String(Number(value.toPrecision(5)));
	for (const { point, ours, published } of done) {
		const cells = SHOWN.flatMap(([key]) => {
			const [mine, theirs] = [ours?.[key], published?.[key]];
			if (!isBeside) return [text(mine)];
			const percent =
				mine === undefined || theirs === undefined ? '' : (100 * (mine / theirs - 1)).toFixed(2);
			return [text(theirs), text(mine), percent];
		});
		table.push([...keys.map((key) => valueText(point[key] ?? null)), ...cells]);
	}
	const note = isBeside
		? 'Energy: of the GPUs, without PUE: power x GPUs x time'
		: 'Nothing is published of these';
	return `${table.toString()}\n${note}`;
}

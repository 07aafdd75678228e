import { readFileSync } from 'node:fs';
import type { Json } from '../../kernel/files/canonical.ts';
import { projectFile } from '../../kernel/files/project-file.ts';
import { ConfigError } from '../../protocol/errors.ts';
import type { Metric } from '../../results/compare/metrics.ts';
import type { Raw } from '../../run/resolve/file-problems.ts';
import { parseRaw } from '../../run/resolve/scenario-file.ts';
import { energyKwh } from '../experiments/compare.ts';
import { type Experiment, parseExperiments } from '../experiments/experiment.ts';
import type { Flavour, Outcome } from '../experiments/run-experiment.ts';
import { experimentOf, VidurPoint } from '../experiments/vidur-point.ts';
import { expandDesign, type Point, pointLabel, varyingKeys } from '../sweep/design.ts';
import type { WorkView } from '../sweep/progress.ts';
import type { SweepFile } from '../sweep/sweep-file.ts';
import { pointsOf, type SweepRun } from '../sweep/sweep-results.ts';
import { inParallel } from '../sweep/work-loop.ts';
import { writeSweep } from '../sweep/write-sweep.ts';
import type { Study } from './study-file.ts';
import type { StudySession } from './study-session.ts';

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
export interface PlannedVidur {
	readonly number: number;
	readonly label: string;
	readonly point: Point;
	readonly profile: Flavour;
	readonly experiment: Experiment;
}

/** The figures that a run has and a publication may have. */
export type VidurFigures = Readonly<
	Record<'powerW' | 'timeS' | 'mfuPercent' | 'gpuEnergyKwh' | 'batchMean', number>
>;

/** A run that has been done, beside what was published of it. */
export interface DoneVidur extends PlannedVidur {
	readonly hash: string;
	readonly failure: string | null;
	readonly ours: VidurFigures | null;
	readonly published: VidurFigures | null;
}

/**
 * Does the planned runs of a sweep over command lines of Vidur (`base: { vidur: … }`) and writes its results: each point
 * is run as Vidur-Energy ran its experiments, and what was published of it, if anything was, stands beside it.
 */
export async function doVidurSweep(
	{ file: asked, base }: Study<SweepFile>,
	planned: readonly PlannedVidur[],
	folder: string,
	{ session, view }: { readonly session: StudySession; readonly view: WorkView },
): Promise<DoneVidur[]> {
	const done = await doRuns(planned, session, view);
	const varying = varyingKeys(planned.map(({ point }) => point));
	const isBeside = done.some(({ published }) => published !== null);
	const keys = isBeside ? [...varying, 'source'] : varying;
	const runs = done.flatMap((one) => rowsOf(one, isBeside));
	const file = { ...asked, base: base.raw };
	const points = pointsOf(runs, METRICS);
	const { program } = session;
	writeSweep(folder, { file, runs, points, keys, metrics: METRICS, program, remarks: [] });
	return done;
}

/** Vidur's seed is one of many in its command lines, and its figures are others. */
function refuseOthers({ repeats, metrics }: SweepFile): void {
	if ((repeats === null || repeats === 1) && metrics === null) return;
	throw new ConfigError(
		'Cannot use "repeats" or "metrics" in a sweep of Vidur command lines: its seed and its figures are fixed; leave them out',
	);
}

/**
 * The runs of a sweep over command lines of Vidur, of no more requests each than `limit`. Points that a limit makes equal
 * are run once.
 *
 * @throws ConfigError for points that are none, and for keys that such a sweep has not
 */
export function planVidurSweep({ file, base }: Study<SweepFile>, limit: number): PlannedVidur[] {
	refuseOthers(file);
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
	planned: readonly PlannedVidur[],
	{ runner, width }: StudySession,
	view: WorkView,
): Promise<DoneVidur[]> {
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
): VidurFigures | null {
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
function rowsOf(one: DoneVidur, isBeside: boolean): SweepRun[] {
	const { number, label, point, hash, failure, ours, published } = one;
	const common = { seed: SEED, hash, failure };
	const row = (source: string, at: number, values: Record<string, number> | null): SweepRun => ({
		...common,
		number: at,
		label: isBeside ? `${label}, ${source}` : label,
		point: isBeside ? { ...point, source } : point,
		values,
		durationS: values?.['timeS'] ?? null,
	});
	const mine = ours === null ? null : { ...ours, ...differences(ours, published) };
	// The numbers of points distinguish what is drawn apart.
	const rows = [row('Gridbeat', isBeside ? 2 * number - 1 : number, mine)];
	if (published !== null)
		rows.push({ ...row('published', 2 * number, { ...published }), failure: null });
	return rows;
}

function differences(ours: VidurFigures, published: VidurFigures | null): Record<string, number> {
	if (published === null) return {};
	const percent = (key: keyof VidurFigures) => 100 * (ours[key] / published[key] - 1);
	return {
		powerDifference: percent('powerW'),
		timeDifference: percent('timeS'),
		mfuDifference: percent('mfuPercent'),
		gpuEnergyDifference: percent('gpuEnergyKwh'),
	};
}

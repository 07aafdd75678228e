import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson, sha256 } from '../../kernel/files/canonical.ts';
import { writeWhole } from '../../kernel/files/write-whole.ts';
import {
	EXPERIMENT_FORMAT,
	EXPERIMENT_VERSION,
	ExperimentFile,
} from '../../protocol/run-folder/experiment.ts';
import {
	type BatchRun,
	RUN_BATCH_FORMAT,
	RUN_BATCH_VERSION,
	type RunBatchFile,
	STUDY_FORMAT,
	STUDY_VERSION,
	type StudyFile,
} from '../../protocol/run-folder/study.ts';
import { METRICS, type Metric } from '../../results/compare/metrics.ts';
import type { SweepPage } from './sweep-page.ts';
import type { SweepRun } from './sweep-results.ts';

/** Runs that are kept have their folders beside the records of the points: Vessim takes no series from elsewhere. */
const RUNS = 'runs';
const POINT_FILE = /^point-\d+\.json$/;

/**
 * Writes study.json and the records of its points, by which Vessim's viewer opens a sweep (protocol/run-folder/study.ts). Those
 * of points that are no longer there go.
 *
 * @throws ConfigError if one cannot be written
 */
export function writeVessimStudy(folder: string, { file, runs, points, metrics }: SweepPage): void {
	const units = new Map([...METRICS, ...metrics].map(({ name, unit }) => [name, unit]));
	const configurations = points.flatMap(({ number, label }) => {
		const id = `point-${number}`;
		const done = runs.filter((run) => run.number === number && run.values !== null);
		const records = done.map((run) => ({ ...recordOf(folder, run, units), run_id: idOf(run) }));
		// A seed that is listed twice is one run.
		const own = new Map(records.map((record) => [record.run_id, record]));
		return own.size === 0 ? [] : [{ id, label, records: [...own.values()] }];
	});
	for (const { id, records } of configurations) write(join(folder, RUNS), id, batchOf(records));
	const written = new Set(configurations.map(({ id }) => `${id}.json`));
	for (const name of filesIn(join(folder, RUNS)))
		if (POINT_FILE.test(name) && !written.has(name)) rmSync(join(folder, RUNS, name));
	const study: StudyFile = {
		format: STUDY_FORMAT,
		schema_version: STUDY_VERSION,
		// Sweeps of one name beside each other are studies of their own.
		study_id: `${file.name}-${sha256(canonicalJson(file)).slice(0, 8)}`,
		name: file.name,
		run_parameters: ['seed'],
		configurations: configurations.map(({ id, label }) => ({
			configuration_id: id,
			name: label,
			run_batch: `${RUNS}/${id}.json`,
		})),
	};
	write(folder, 'study', study);
}

function write(folder: string, name: string, content: StudyFile | RunBatchFile): void {
	writeWhole(join(folder, `${name}.json`), `${JSON.stringify(content, null, 2)}\n`);
}

function filesIn(folder: string): string[] {
	return existsSync(folder) ? readdirSync(folder) : [];
}

function batchOf(runs: readonly BatchRun[]): RunBatchFile {
	return {
		format: RUN_BATCH_FORMAT,
		schema_version: RUN_BATCH_VERSION,
		shared: { format: EXPERIMENT_FORMAT, schema_version: EXPERIMENT_VERSION },
		runs: [...runs],
	};
}

function idOf({ number, seed }: SweepRun): string {
	return `point-${number}-seed-${seed}`;
}

/** With all that its folder has, where that was kept; else with its metrics alone. */
function recordOf(
	folder: string,
	run: SweepRun,
	units: ReadonlyMap<Metric['name'], Metric['unit']>,
): BatchRun {
	const parameters = { ...run.point, seed: numberIfOne(run.seed) };
	const kept = readKept(join(folder, RUNS, run.hash, 'experiment.json'));
	if (kept !== null) {
		const { format: _, schema_version: __, execution, timeseries, ...record } = kept;
		return {
			...{ ...record, parameters },
			// When and how fast it was done is of the machine.
			execution: { ...execution, start: null, end: null, wall_time: null },
			timeseries: timeseries === null ? null : `${run.hash}/${timeseries}`,
		};
	}
	// In order: those of a run that was done before come in another one than those of a new one.
	const values = Object.entries(run.values ?? {})
		.filter(([, value]) => Number.isFinite(value))
		.sort(([a], [b]) => (a < b ? -1 : 1));
	const definitions = values.map(([name]) => [name, { unit: units.get(name) ?? '1' }] as const);
	return {
		run_id: '',
		config: { environment: { backend: 'gridbeat' }, microgrids: {} },
		parameters,
		execution: {
			...{ status: 'completed', start: null, end: null, wall_time: null, steps: null },
			...{ simulated_duration: run.durationS, until: run.durationS },
		},
		metrics: { run: Object.fromEntries(values), microgrids: {}, actors: {} },
		metric_definitions: { run: Object.fromEntries(definitions), microgrids: {}, actors: {} },
		timeseries: null,
	};
}

/** Seeds are texts here; a chart has numbers in order. */
function numberIfOne(seed: string): string | number {
	return /^\d+$/.test(seed) && Number.isSafeInteger(Number(seed)) ? Number(seed) : seed;
}

/** Null where there is none, and for one that somebody spoiled. */
function readKept(path: string): ExperimentFile | null {
	if (!existsSync(path)) return null;
	try {
		return ExperimentFile.parse(JSON.parse(readFileSync(path, 'utf8')));
	} catch {
		return null;
	}
}

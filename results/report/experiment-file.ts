import { basename, dirname, join, resolve } from 'node:path';
import { writeWhole } from '../../kernel/files/write-whole.ts';
import {
	EXPERIMENT_FORMAT,
	EXPERIMENT_VERSION,
	type ExperimentFile,
	type GridMetrics,
} from '../../protocol/run-folder/experiment.ts';
import type { RunMetadata } from '../../protocol/run-folder/metadata.ts';
import type { Summary } from '../../protocol/run-folder/summary.ts';
import { statusOf } from './metadata.ts';
import type { Run } from './run.ts';
import { summaryRows } from './summary-rows.ts';

/** See protocol/run-folder/experiment.ts. */
const EXPERIMENT_FILE = 'experiment.json';

/** A site of the record: its microgrid's name, and its run. */
interface Member {
	readonly label: string;
	readonly run: Run;
}

interface Definition {
	readonly unit: string;
	readonly description: string;
}

const ENERGY: Readonly<Record<string, Definition>> = {
	energy_produced: { unit: 'Wh', description: 'Positive actor power integrated over the steps' },
	energy_consumed: { unit: 'Wh', description: 'Negative actor power integrated over the steps' },
};

const GRID: Readonly<Record<string, Definition>> = {
	...ENERGY,
	grid_import: { unit: 'Wh', description: 'Energy from the grid' },
	grid_export: { unit: 'Wh', description: 'Energy into the grid' },
	peak_grid_import: { unit: 'W', description: 'Largest mean import of a step' },
	peak_grid_export: { unit: 'W', description: 'Largest mean export of a step' },
};

/** Figures of ours that a study compares; those of single replicas and batteries stand in report.html. */
const HEADLINES = /^(serving|energy|emissions|marginal|bill)\.|^(capHours|fuelCostUsd)$/;

/** In the words of Vessim's records. */
const STATUSES = {
	running: 'running',
	complete: 'completed',
	incomplete: 'interrupted',
	failed: 'failed',
} as const;

/** Writes the record of a run with one site beside its timeseries.csv. */
export function writeExperiment(folder: string, run: Run, summary: Summary): void {
	const [label = 'microgrid'] = Object.keys(run.metadata.microgrids);
	write(folder, {
		...recordOf(folder, run.metadata, { members: [{ label, run }], summary }),
		timeseries: 'timeseries.csv',
	});
}

/** Writes the record of a run with several sites: their metrics, and no series, which stand in their folders. */
export function writeSitesExperiment(
	folder: string,
	metadata: RunMetadata,
	sites: readonly { readonly name: string; readonly run: Run }[],
	total: Summary,
): void {
	const members = sites.map(({ name, run }) => ({ label: name, run }));
	write(folder, { ...recordOf(folder, metadata, { members, summary: total }), timeseries: null });
}

function write(folder: string, record: ExperimentFile): void {
	writeWhole(join(folder, EXPERIMENT_FILE), `${JSON.stringify(record, null, 2)}\n`);
}

function recordOf(
	folder: string,
	metadata: RunMetadata,
	{ members, summary }: { members: readonly Member[]; summary: Summary },
): Omit<ExperimentFile, 'timeseries'> {
	const { environment, microgrids, execution, gridbeat } = metadata;
	const figures = summaryRows(summary).flatMap(({ metric, value, unit }) =>
		HEADLINES.test(metric) && typeof value !== 'string' ? [{ metric, value, unit }] : [],
	);
	const [first] = members;
	const steps = Math.max(...members.map(({ run }) => run.steps.count));
	const stepS = first?.run.steps.stepS ?? 0;
	return {
		format: EXPERIMENT_FORMAT,
		schema_version: EXPERIMENT_VERSION,
		run_id: runIdOf(folder, metadata),
		config: { environment: { ...environment, backend: 'gridbeat' }, microgrids },
		parameters: { seed: gridbeat.seed ?? null },
		execution: {
			...{ status: STATUSES[statusOf(metadata)], start: execution['start'] ?? null },
			...{ end: execution['end'] ?? null, wall_time: execution.duration ?? null },
			...{ steps, simulated_duration: summary.durationS, until: untilS(metadata, stepS) },
		},
		metrics: {
			run: Object.fromEntries(figures.map(({ metric, value }) => [metric, value])),
			microgrids: byLabel(members, gridMetrics),
			actors: byLabel(members, ({ run }) =>
				Object.fromEntries(
					run.steps.members.map(({ name, producedWh, consumedWh }) => [
						name,
						{ energy_produced: producedWh, energy_consumed: consumedWh },
					]),
				),
			),
		},
		metric_definitions: {
			// A count has no unit of its own; Vessim wants a text.
			run: Object.fromEntries(
				figures.map(({ metric, unit }) => [metric, { unit: unit === '' ? '1' : unit }]),
			),
			microgrids: byLabel(members, () => GRID),
			actors: byLabel(members, ({ run }) =>
				Object.fromEntries(run.steps.members.map(({ name }) => [name, ENERGY])),
			),
		},
	};
}

function byLabel<T>(members: readonly Member[], of: (member: Member) => T): Record<string, T> {
	return Object.fromEntries(members.map((member) => [member.label, of(member)]));
}

/** Unlike that of any other run; a site's is the run's with its name. */
function runIdOf(folder: string, { gridbeat, environment }: RunMetadata): string {
	const run = gridbeat['run'];
	const [own, parent] = [basename(resolve(folder)), basename(dirname(resolve(folder)))];
	const id =
		typeof run === 'string' ? run : `${environment.name ?? 'run'} ${environment.sim_start ?? ''}`;
	return parent === 'sites' ? `${id}/${own}` : id;
}

/** Length of the run as it was planned; null where the file does not say. */
function untilS({ environment }: RunMetadata, stepS: number): number | null {
	const [start, end] = [environment.sim_start, environment.sim_end].map((text) =>
		Date.parse(`${text?.replace(' ', 'T')}Z`),
	);
	const seconds = ((end ?? Number.NaN) - (start ?? Number.NaN)) / 1000 + stepS;
	return seconds >= 0 ? seconds : null;
}

function gridMetrics({ run: { steps } }: Member): GridMetrics {
	const hours = steps.stepS / 3600;
	let [importW, exportW, peakImportW, peakExportW] = [0, 0, 0, 0];
	for (const gridW of steps.gridW) {
		importW += Math.max(0, -gridW);
		exportW += Math.max(0, gridW);
		peakImportW = Math.max(peakImportW, -gridW);
		peakExportW = Math.max(peakExportW, gridW);
	}
	const sum = (of: 'producedWh' | 'consumedWh') =>
		steps.members.reduce((total, member) => total + member[of], 0);
	return {
		energy_produced: sum('producedWh'),
		energy_consumed: sum('consumedWh'),
		grid_import: importW * hours,
		grid_export: exportW * hours,
		peak_grid_import: peakImportW,
		peak_grid_export: peakExportW,
	};
}

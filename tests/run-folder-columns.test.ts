import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { parquetMetadata } from 'hyparquet';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { keysOfSchema, metadataKeys } from '../cli/results-docs.ts';
import { projectFile } from '../kernel/files/project-file.ts';
import { ARRIVALS_FILE } from '../protocol/run-folder/arrivals.ts';
import { ExperimentFile } from '../protocol/run-folder/experiment.ts';
import { RUN_FILES, tableOf } from '../protocol/run-folder/files.ts';
import { JobFile } from '../protocol/run-folder/job-file.ts';
import { FOLDER_FORMAT, RunMetadata } from '../protocol/run-folder/metadata.ts';
import { PrintedSummary } from '../protocol/run-folder/summary.ts';
import { madeResults } from '../vidur/cosim/made-results.test-support.ts';
import { gridbeat, tempFolder } from './cli.ts';

/** Holds protocol/run-folder/ against the folders of runs with all that a scenario may have, both ways. */

const ALL = ['--batch-metrics', '--chrome-trace', '--operation-metrics', '--parquet'];
const WIND = [{ ratedPowerW: 2000, hubHeightM: 40 }];
const MARGINAL = { source: 'constant', valueGPerKwh: 500 };
const PRICE = { source: 'constant', valueUsdPerKwh: 0.2 };
const SITE = {
	carbon: { source: 'constant', valueGPerKwh: 300, kind: 'average' },
	marginalCarbon: MARGINAL,
	price: PRICE,
	exportPrice: { source: 'imports' },
};

/** What no example has. */
const MADE: Readonly<Record<string, object>> = {
	signals: {
		...{ serving: null, policy: { type: 'forecast', follow: 'price' } },
		loads: [{ name: 'hall', type: 'trace', path: 'load.csv' }],
		forecast: { price: { source: 'persistence' } },
		grid: { rampUpW: 100, rampDownW: 100 },
		wind: WIND,
		...SITE,
	},
	fed: {
		...{ pace: 3600, serving: null },
		carbon: { source: 'feed', feed: { type: 'csv', path: 'feed.csv', kind: 'average' } },
	},
	original: {
		accounting: { definitions: 'vidur-energy' },
		batteries: [{ type: 'linear', capacityWh: 4000, degradation: { inRun: true } }],
		carbon: SITE.carbon,
	},
	// So many steps at a price below 0 that the best dispatch is a bound only.
	paid: {
		...{
			step: '1s',
			serving: null,
			cap: [],
			loads: [{ type: 'constant', name: 'hall', powerW: 500 }],
		},
		price: { source: 'constant', valueUsdPerKwh: -0.05 },
	},
	scaled: {
		serving: {
			replicas: 1,
			gpuMemoryUtilization: 0.9,
			scaling: { max: 2, startupS: 60, schedule: [{ at: '5min', replicas: 2 }] },
		},
	},
	sites: {
		serving: { replicas: 1 },
		requests: { qps: 0.2, origins: [{ name: 'eu', location: 'Berlin' }] },
		sites: ['San Francisco', 'Stockholm'].map((location) => ({
			...{ name: location.slice(0, 2).toLowerCase(), location, ...SITE },
		})),
	},
};

const PRIVATE = 'examples/solcast2022_global_actual.csv';

let folders: readonly string[];
/** What the runs printed with `--json` under `summary`. */
const printed: unknown[] = [];

/** The examples that are scenarios, and the scenarios above, each as a file. */
function scenarioFiles(at: string): string[] {
	const examples = readdirSync(projectFile('examples'))
		// They ask the network, and go on for a day; tests/live-feeds.test.ts and live-twin.test.ts run such.
		.filter((name) => name.endsWith('.yaml') && !name.startsWith('live-'))
		.map((name) => projectFile(join('examples', name)))
		.filter((path) => !('base' in parse(readFileSync(path, 'utf8'))))
		// Its series are third parties' and not shipped.
		.filter(
			(path) =>
				existsSync(projectFile(PRIVATE)) || !readFileSync(path, 'utf8').includes(basename(PRIVATE)),
		);
	writeFileSync(join(at, 'load.csv'), 'time,power_kW\n0,1\n600,-1\n');
	writeFileSync(join(at, 'feed.csv'), 'time,intensity\n2026-01-01T00:00:00Z,200\n');
	const made = Object.entries(MADE).map(([name, scenario]) => {
		const path = join(at, `${name}.yaml`);
		writeFileSync(path, JSON.stringify(scenario));
		return path;
	});
	return [...made, ...examples, projectFile('examples/own-kind/scenario.yaml')];
}

/** MFU of a GPU over time, in percent. */
const POINTS: [timeS: number, mfu: number][] = [
	[0, 40],
	[100, 30],
	[300, 40],
];

/** As Vidur-Energy counts, with all that it writes. */
const ORIGINAL = [
	...['--accounting', 'vidur-energy', '--analysis-type', 'total power analysis'],
	...['--interpolate-datasets', '--carbon-analysis'],
];

/** A file of solar output and one of carbon intensity, as flags. */
function tracesIn(at: string): string[] {
	const hours = Array.from({ length: 48 }, (_, hour) =>
		new Date(Date.UTC(2024, 5, 20, hour)).toISOString().slice(0, 19),
	);
	const [solar, carbon] = ['solar', 'carbon'].map((name) => {
		const path = join(at, `${name}.csv`);
		const rows = hours.map((hour, i) => `${hour},${i / 48}`);
		writeFileSync(path, `${['time,value', ...rows].join('\n')}\n`);
		return path;
	});
	return ['--solar-trace', solar ?? '', '--carbon', `average:${carbon}`];
}

test('all runs come to their end', async () => {
	const at = tempFolder();
	const [cosim = '', original = ''] = ['vidur', 'vidur-energy'].map((name) =>
		madeResults(join(at, name), { replicas: [POINTS], endS: 600 }),
	);
	const runs: [folder: string, args: readonly string[]][] = [
		[join(cosim, 'vessim_analysis'), ['cosim', '--vidur-sim-dir', cosim]],
		[
			join(original, 'vessim_analysis'),
			['cosim', '--vidur-sim-dir', original, ...ORIGINAL, ...tracesIn(at)],
		],
		...scenarioFiles(at).map((path): [string, string[]] => {
			const out = join(at, basename(path, '.yaml'));
			return [
				out,
				['run', path, '--until', '10min', '--in-process', '--json', ...ALL, '--out', out],
			];
		}),
		...[
			['sketch', '--request-metrics', 'sketch', '--json'],
			['repeats', '--repeats', '2', '--jobs', '1'],
		].map(([name = '', ...more]): [string, string[]] => {
			const out = join(at, name);
			return [out, ['run', '--until', '10min', '--in-process', ...ALL, ...more, '--out', out]];
		}),
	];
	for (const [, args] of runs) {
		const { code, stdout, stderr } = await gridbeat(args);
		assert.is(code, 0, `gridbeat ${args.join(' ')}: ${stderr}`);
		if (args.includes('--json')) printed.push(JSON.parse(stdout).summary);
	}
	folders = runs.map(([folder]) => folder);
});

/** Every file below a folder, as a path relative to it. */
function filesBelow(folder: string, from = folder): string[] {
	return readdirSync(folder).flatMap((name) => {
		const path = join(folder, name);
		return statSync(path).isDirectory() ? filesBelow(path, from) : [relative(from, path)];
	});
}

const inSiteOrRepeat = /^(?:sites\/[^/]+|repeat-\d+)\//;

test('every file of a run folder is described, and every one described is written by some run', () => {
	const described = RUN_FILES.filter(({ role }) => role !== 'during');
	const written = new Set<string>();
	for (const folder of folders)
		for (const path of filesBelow(folder)) {
			const own = path.replace(inSiteOrRepeat, '');
			const spec =
				described.find(({ name }) => name === own) ??
				described.find(({ name }) => formOf(name).test(own));
			assert.ok(spec !== undefined, `${folder}: ${path} is not described`);
			written.add(spec.name);
		}
	// Requests come from outside where a run is served: runs of the gateway's tests.
	const missing = described.filter(({ name }) => !written.has(name) && name !== ARRIVALS_FILE);
	assert.equal(missing, []);
});

function formOf(name: string): RegExp {
	return new RegExp(`^${name.replaceAll('.', '\\.').replaceAll(/<\w+>/g, '[^/]+')}$`);
}

test('every column of a run folder is described, and every one described is written by some run', () => {
	const written = new Set<string>();
	for (const folder of folders)
		for (const path of filesBelow(folder).filter((name) => name.endsWith('.csv'))) {
			const table = tableOf(basename(path));
			const [header = ''] = readFileSync(join(folder, path), 'utf8').split('\n', 1);
			for (const name of header.split(',')) {
				const column = table?.describe(name);
				assert.ok(column, `${folder}: ${path} has the column "${name}", which is not described`);
				// Names that only others write would hide that ours is not described.
				const isOurs = formOf(column.name).test(name);
				assert.ok(isOurs, `${path}: "${name}" is a name that only older folders have`);
				written.add(`${table?.file} ${column.name}`);
			}
		}
	const described = RUN_FILES.flatMap(({ table }) =>
		(table?.columns ?? []).map(({ name }) => `${table?.file} ${name}`),
	);
	assert.equal(
		described.filter((name) => !written.has(name)),
		[],
	);
});

/** Paths of the keys of plain data, as `metadataKeys` has them: `<name>` where names are anybody's. */
function pathsOf(value: unknown, path: string, known: ReadonlySet<string>): string[] {
	if (Array.isArray(value)) return value.flatMap((one) => pathsOf(one, `${path}[]`, known));
	if (typeof value !== 'object' || value === null) return [];
	return Object.entries(value).flatMap(([key, child]) => {
		const own = path === '' ? key : `${path}.${key}`;
		if (known.has(own)) return [own, ...pathsOf(child, own, known)];
		const named = `${path}.<name>`;
		const isNamed = [...known].some((one) => one.startsWith(`${named}.`));
		return isNamed ? pathsOf(child, named, known) : [own];
	});
}

/** Keys whose content is described elsewhere, or has anybody's names. */
const OPEN =
	/^gridbeat\.\w+_names$|^(gridbeat\.(scenario|accounting|cap_rules|forecasts|value_origins|tables)|microgrids\.<name>\.grid_signals|gridbeat\.dispatch\.batteries\[\]\.degradation)(\[\])?\./;

test('metadata.yaml of every run has the format, fits the schema, and has no key that is not described', () => {
	const known = new Set(metadataKeys().map(([path]) => path));
	const written = new Set<string>();
	for (const folder of folders)
		for (const path of filesBelow(folder).filter((name) => basename(name) === 'metadata.yaml')) {
			const metadata = parse(readFileSync(join(folder, path), 'utf8'));
			assert.is(metadata.gridbeat.format, FOLDER_FORMAT);
			const { error } = RunMetadata.safeParse(metadata);
			assert.is(error, undefined, `${folder}/${path}: ${error?.message}`);
			for (const key of pathsOf(metadata, '', known)) {
				assert.ok(known.has(key) || OPEN.test(key), `${folder}/${path}: "${key}" is not described`);
				written.add(key);
			}
		}
	// The tables of kinds of actors that a user brings, and what befell runs that were set back or attacked.
	const missing = [...known].filter(
		(key) =>
			!written.has(key) &&
			!/^gridbeat\.(tables|setbacks$|checkpoints$|refused_named$|remarks\[\]\.warns$)/.test(key),
	);
	assert.equal(missing, []);
});

test('every summary fits its schema, and every figure described is in some summary', () => {
	const known = new Set(keysOfSchema(PrintedSummary).map(({ key }) => key));
	const written = new Set<string>();
	assert.ok(printed.length > 8);
	for (const summary of printed) {
		const { data, error } = PrintedSummary.safeParse(summary);
		assert.is(error, undefined, error?.message);
		// NaN there and back.
		assert.equal(JSON.parse(JSON.stringify(data)), summary);
		for (const key of pathsOf(summary, '', known)) written.add(key);
	}
	// Of runs that were ended before their time or set back, and of messages of others, which these have not.
	const missing = [...known].filter(
		(key) => !written.has(key) && !/^(ended|messages|recovery)\b|^remarks\[\]\.warns$/.test(key),
	);
	assert.equal(missing, ['energy.<name>']);
});

test('every experiment.json and every job file fits its schema', () => {
	const count = { experiments: 0, jobs: 0 };
	for (const folder of folders)
		for (const path of filesBelow(folder)) {
			const isJob = /^jobs\/[^/]+\.json$/.test(path);
			if (!isJob && basename(path) !== 'experiment.json') continue;
			const schema = isJob ? JobFile : ExperimentFile;
			const { error } = schema.safeParse(JSON.parse(readFileSync(join(folder, path), 'utf8')));
			assert.is(error, undefined, `${folder}/${path}: ${error?.message}`);
			count[isJob ? 'jobs' : 'experiments']++;
		}
	assert.ok(count.experiments > 10 && count.jobs === 2, JSON.stringify(count));
});

test('exportParquet() carries unit and meaning of every column', () => {
	let checked = 0;
	for (const folder of folders)
		for (const path of filesBelow(folder).filter((name) => name.endsWith('.parquet'))) {
			if (path === 'summary.parquet') continue;
			const bytes = readFileSync(join(folder, path));
			const { key_value_metadata: entries = [], schema } = parquetMetadata(
				bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
			);
			const of = (key: string) =>
				JSON.parse(entries.find((entry) => entry.key === key)?.value ?? '{}');
			const table = tableOf(basename(path).replace('.parquet', '.csv'));
			for (const { name } of schema.slice(1)) {
				const column = table?.describe(name);
				assert.is(of('descriptions')[name], column?.text, `${path}: ${name}`);
				assert.is(of('units')[name] ?? null, column?.unit, `${path}: ${name}`);
				checked++;
			}
		}
	assert.ok(checked > 500, `only ${checked} columns`);
});

test.run();

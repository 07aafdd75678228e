import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'csv-parse/sync';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../../kernel/files/project-file.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { compare } from './compare.ts';
import { type Experiment, parseExperiments } from './experiment.ts';
import { experimentsPage } from './page.ts';
import { runAll } from './pool.ts';
import { runExperiment } from './run-experiment.ts';

const FILE = 'profiling-data/vidur-energy-experiments.csv';
const experiments = parseExperiments(readFileSync(projectFile(FILE), 'utf8'), FILE);

function of(experiment: string, mostRequests = Number.POSITIVE_INFINITY): Experiment[] {
	return experiments.filter((one) => one.experiment === experiment && one.requests <= mostRequests);
}

/** What a row of the publication differs by under the reproduction profile. */
function differences(experiment: Experiment) {
	const { power, time, mfu } = compare(experiment, runExperiment(experiment, 'reproduction'));
	const size = (relative: number | null) => Math.abs(relative ?? 0);
	return { power: size(power.relative), time: size(time.relative), mfu: size(mfu.relative) };
}

/** An MFU that was read off a figure is within this of the figure, in percentage points. */
const READING_ERROR = 0.05;

/** Bounds on a row; those on MFU leave room for how it was read. */
function within(
	experiment: Experiment,
	bounds: { power: number; time: number; mfu: number },
): void {
	const off = differences(experiment);
	const { mfuPercent, mfuSource } = experiment.published;
	const reading = mfuSource === 'digitised' ? READING_ERROR / (mfuPercent as number) : 0;
	const isWithin =
		off.power < bounds.power && off.time < bounds.time && off.mfu < bounds.mfu + reading;
	assert.ok(isWithin, `line ${experiment.index + 2}: ${JSON.stringify(off)}`);
}

test('the table has every row of experiments 1 to 5', () => {
	assert.equal(
		['1', '2', '3', '4', '5'].map((number) => of(number).length),
		[240, 60, 8, 16, 9],
	);
	// P:D ratios from 50 to 0.02 at each length.
	for (const { lengths, maxTokens } of of('2'))
		if (lengths.type === 'fixed')
			assert.is(lengths.prefillTokens + lengths.decodeTokens, maxTokens);
});

test('parseExperiments() names the line that it cannot read', () => {
	const [header, first] = readFileSync(projectFile(FILE), 'utf8').split('\n');
	const refused = (line: string, text: string) =>
		assert.throws(
			() => parseExperiments(`${header}\n${line}`, 'mine.csv'),
			(error: Error) => error instanceof ConfigError && error.message.includes(text),
		);
	refused((first as string).replace(',6.45,', ',fast,'), '"mine.csv" line 2: qps');
	refused((first as string).replace('zipf:', 'gauss:'), '"mine.csv" line 2: "gauss:');
});

test('the published figures are those of the reference', () => {
	const folder = resolve('../shared/reference/vidur-energy');
	if (!existsSync(folder)) {
		console.log(`skipped: no ${folder}`);
		return;
	}
	for (const number of ['1', '3', '5']) {
		const text = readFileSync(`${folder}/exp${number}.csv`, 'utf8');
		const rows = parse(text, { columns: true }) as Record<string, string>[];
		of(number).forEach(({ model, requests, published }, i) => {
			const row = rows[i] as Record<string, string>;
			assert.is(model, row['model']);
			assert.is(requests, Number(row['num_requests']));
			assert.is(published.powerW, Number(row['average_power_W_per_gpu']));
			assert.is(published.timeS, Number(row['execution_time_s_derived']));
		});
	}
});

test('Llama-3-8B and Llama-2-7B are within 1 % in power and 1.5 % in time and MFU', () => {
	const rows = of('1', 4096).filter(({ model }) => /3-8B|2-7b/.test(model));
	assert.is(rows.length, 32);
	for (const row of [...rows, ...of('3')]) within(row, { power: 0.01, time: 0.015, mfu: 0.015 });
});

test('experiment 3 has the published batch sizes, mean and deviation', () => {
	for (const experiment of of('3')) {
		const { batchMean, batchStd } = runExperiment(experiment, 'reproduction');
		const { published } = experiment;
		assert.ok(Math.abs((batchMean as number) - (published.batchMean as number)) < 1e-9);
		assert.ok(Math.abs((batchStd as number) - (published.batchStd as number)) < 1e-9);
	}
});

test('Llama-2-70B is within 4 %, all other models and experiment 5 within 10 %', () => {
	for (const experiment of [...of('1', 256), ...of('5')]) {
		const most = experiment.model.includes('2-70b') ? 0.04 : 0.1;
		within(experiment, { power: most, time: most, mfu: most });
	}
});

test('runAll() gives what runExperiment() gives, on any number of threads, and says what it cannot run', async () => {
	const [small] = of('1', 256);
	const big = { ...(small as Experiment), tensorParallel: 3 };
	const jobs = [small as Experiment, big].map((experiment) => ({
		experiment,
		flavour: 'default' as const,
	}));
	const told: number[] = [];
	const answers = await runAll(jobs, 2, (count) => void told.push(count));
	assert.equal(answers[0], { outcome: runExperiment(small as Experiment, 'default') });
	assert.match((answers[1] as { error: string }).error, 'Cannot find a profile');
	assert.equal(told, [1, 2]);
	assert.equal(await runAll(jobs, 1), answers);
});

test('docs/vidur-energy-experiments.md has the rows that the command makes', () => {
	const rows = [...of('1', 256), ...of('3'), ...of('5')];
	const page = experimentsPage(
		rows.map((experiment) => ({
			experiment,
			reproduction: runExperiment(experiment, 'reproduction'),
			default: runExperiment(experiment, 'default'),
		})),
	);
	const lines = new Set(
		readFileSync(projectFile('docs/vidur-energy-experiments.md'), 'utf8').split('\n'),
	);
	// The summary of experiment 1 needs all of its rows.
	const own = page.split('\n').filter((line) => !line.startsWith('| 1 | '));
	for (const line of own) assert.ok(lines.has(line), `not in the page: ${line}`);
});

test.run();

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ConfigError } from '../../protocol/errors.ts';
import { findRegion } from '../../results/accounting/regions.ts';
import { energyFigures, powerAtMfuW } from '../energy/energy.ts';
import { readVidurResults } from '../energy/results.ts';
import { demandBins, originalBins } from './demand.ts';
import { madeResults } from './made-results.test-support.ts';

const folder = mkdtempSync(join(tmpdir(), 'gridbeat-demand-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** Two replicas of two GPUs. At 45 % a GPU draws its 400 W, idle 100 W. */
const results = readVidurResults(
	madeResults(join(folder, 'made'), {
		tensorParallel: 2,
		replicas: [
			[
				[5, 45],
				[15, 0],
				[62, 20],
				[70, 0],
			],
			[
				[0, 10],
				[90, 0],
			],
		],
		endS: 100,
	}),
);

function close(actual: number, expected: number, what: string): void {
	assert.ok(Math.abs(actual - expected) <= 1e-9 * Math.abs(expected), `${what}: ${actual}`);
}

test('demandBins() sums replicas and GPUs, idle time included, times PUE', () => {
	const bins = demandBins(results, { binS: 10, pue: 1.5, untilS: 120 });
	assert.is(bins.length, 12);
	const [first, ...rest] = bins;
	// Of the first 10 s, one replica is busy for 5 s at 400 W, the other all the time at 10 % MFU.
	const tenW = powerAtMfuW(results.device, 0.1);
	close(first?.powerW ?? 0, 1.5 * 2 * (250 + tenW), 'first bin');
	close(rest.at(-1)?.powerW ?? 0, 1.5 * 4 * 100, 'idle at the end');
	close(first?.mfu ?? 0, (0.45 / 2 + 0.1) / 2, 'MFU');
});

test('demandBins() keep the energy of the run, whatever their length', () => {
	const { gpuEnergyKwh } = energyFigures(results, findRegion('california'), 'gridbeat');
	for (const binS of [0.5, 4, 10, 50]) {
		const bins = demandBins(results, { binS, pue: 1, untilS: 100 });
		const joules = bins.reduce((sum, { energy }) => sum + energy, 0);
		close(joules / 3.6e6, gpuEnergyKwh, `${binS} s`);
	}
});

test('originalBins() is the mean over batches of one GPU, and their sum where asked for', () => {
	// Its table drops idle rows and the first of each file: 62 s of replica 1 and nothing of replica 2.
	const two = readVidurResults(
		madeResults(join(folder, 'original'), {
			replicas: [
				[
					[0, 30],
					[20, 45],
					[50, 1],
					[59.9, 0],
					[130.7, 45],
					[140, 0],
				],
			],
			endS: 140,
		}),
	);
	const given = { binS: 60, midnightS: 90 };
	const mean = originalBins(two, { ...given, isSum: false });
	// 110 s and 140 s after midnight are in the bins from 60 s and from 120 s on, 220 s in that from 180 s.
	assert.is(mean.firstS, 60);
	assert.equal(
		mean.bins.map(({ startS, batchStages }) => [startS, batchStages]),
		[
			[0, 1],
			[60, 1],
			[120, 1],
		],
	);
	assert.is(mean.bins[0]?.powerW, 400);
	const wide = { binS: 100, midnightS: 0 };
	const [one] = originalBins(two, { ...wide, isSum: false }).bins;
	const [sum] = originalBins(two, { ...wide, isSum: true }).bins;
	const lowW = powerAtMfuW(two.device, 0.01);
	close(one?.powerW ?? 0, (400 + lowW) / 2, 'mean');
	close(sum?.powerW ?? 0, 400 + lowW, 'sum');
	// Weighted by GPU-hours: 20 s at 45 % and 30 s at 1 %.
	close(one?.mfu ?? 0, (20 * 0.45 + 30 * 0.01) / 50, 'MFU');
});

test('originalBins() refuses a run that ends within one bin', () => {
	assert.throws(
		() => originalBins(results, { binS: 3600, midnightS: 0, isSum: false }),
		(error: unknown) => error instanceof ConfigError && /--agg-freq/.test(error.message),
	);
});

test.run();

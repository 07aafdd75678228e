import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../kernel/files/project-file.ts';
import * as fc from '../tests/properties.test-support.ts';
import { findDevice, findGpuPower, withPower } from './device.ts';
import { fitExponent, heldOutErrors, powerErrors, powerRuns } from './fit/power-fit.ts';
import { gpuPowerW, powerCurve, sumOfPowerW } from './power.ts';
import { findModel } from './profile/load-cards.ts';
import { type GpuPower, gpuPowers, powerPoints } from './profile/load-power.ts';

const cut = { tensorParallel: 1, pipelineStages: 1 };
const curve = powerCurve(findModel('meta-llama/Meta-Llama-3-8B'), findDevice('a100'), cut);

// The parts of the way from idle to maximal power by Vidur-Energy's power model, four digits.
const parts: [number, number][] = [
	[0, 0],
	[0.01, 0.0696],
	[0.05, 0.2148],
	[0.1, 0.3489],
	[0.2, 0.5669],
	[0.3, 0.7529],
	[0.45, 1],
	[0.9, 1],
];

test('gpuPowerW() gives the published parts of the range on every GPU', () => {
	for (const [name, idleW, maxW] of [
		['a100', 100, 400],
		['h100', 60, 700],
		['a40', 30, 300],
	] as const) {
		const gpu = powerCurve(findModel('meta-llama/Meta-Llama-3-8B'), findDevice(name), cut);
		for (const [mfu, part] of parts) {
			const powerW = gpuPowerW(gpu, mfu * gpu.peakFlops, 0);
			assert.ok(Math.abs((powerW - idleW) / (maxW - idleW) - part) <= 5e-5, `${name} at ${mfu}`);
		}
	}
});

/** Errors of a curve in percent, as gpu-power.json rounds them: outwards. */
function spreadOf(errors: readonly number[]) {
	const percent = errors.map((error) => 100 * error);
	const mean = percent.reduce((sum, one) => sum + Math.abs(one), 0) / percent.length;
	return {
		busyPercent: [Math.floor(Math.min(...percent)), Math.ceil(Math.max(...percent))],
		runs: percent.length,
		meanPercent: Math.round(mean),
	};
}

const h100Runs = powerRuns(
	readFileSync(projectFile('profiling-data/mlenergy-h100.csv'), 'utf8'),
	990e12,
);
const dense = h100Runs.filter(({ isDense }) => isDense);
const h100 = findGpuPower('measured', 'h100');
const heldOut = spreadOf(heldOutErrors(dense, h100));

function stated(name: GpuPower['curve'], device: string) {
	const { busyPercent, runs, meanPercent } = findGpuPower(name, device).measured ?? {};
	return { busyPercent, runs, meanPercent };
}

test('the exponent of the H100 fits all measured runs of dense models, its spread is that of makers left out', () => {
	assert.is(h100.powerExponent, fitExponent(dense, h100));
	assert.equal(stated('measured', 'h100'), heldOut);
	const published = findGpuPower('vidur-energy', 'h100');
	assert.equal(stated('vidur-energy', 'h100'), spreadOf(powerErrors(dense, published)));
});

test('the curve of the H100 is as far off as docs/energy-accounting.md says for models with experts', () => {
	const all = spreadOf(powerErrors(h100Runs, h100));
	assert.equal(all, { busyPercent: [-43, 50], runs: 324, meanPercent: 12 });
});

test('the spreads of the A100 are how far its runs lie from each curve, the measured one as wide as the H100', () => {
	const model = findModel('meta-llama/Meta-Llama-3-8B');
	for (const { device, rows } of powerPoints)
		for (const name of ['vidur-energy', 'measured'] as const) {
			const gpu = powerCurve(model, withPower(findDevice(device), findGpuPower(name, device)), cut);
			const errors = rows.map(([promptMfu, promptTime, decodeMfu, powerW]) => {
				const at = (mfu: number) => gpuPowerW(gpu, mfu * gpu.peakFlops, 0);
				return powerW / (promptTime * at(promptMfu) + (1 - promptTime) * at(decodeMfu)) - 1;
			});
			const own = spreadOf(errors);
			const [low = 0, high = 0] = own.busyPercent;
			const [lowH = 0, highH = 0] = heldOut.busyPercent;
			const wide = [Math.min(low, lowH), Math.max(high, highH)];
			const busyPercent = name === 'measured' ? wide : own.busyPercent;
			assert.equal(stated(name, device), { ...own, busyPercent });
		}
});

test('a sleeping GPU draws less than an idle one', () => {
	for (const { idleW, sleepW, maxW } of gpuPowers) assert.ok(sleepW < idleW && idleW < maxW);
	assert.throws(() => findGpuPower('measured', 'a40'), /of A40: it is known of A100, H100$/);
});

test('powerCurve() takes 2^40 operations for a TFLOP only when asked', () => {
	const vidur = powerCurve(
		findModel('meta-llama/Meta-Llama-3-8B'),
		findDevice('a100'),
		cut,
		2 ** 40,
	);
	assert.is(vidur.peakFlops, 312 * 2 ** 40);
	assert.is(curve.peakFlops, 312e12);
});

test('powerCurve() counts the operations of Llama-3-8B per token and per attended token', () => {
	// 32 layers of 4096 * 4096 * 2.5 attention and 3 * 4096 * 14336 MLP weights, two operations each.
	assert.is(curve.flopsPerToken, 2 * 32 * (4096 * 4096 * 2.5 + 3 * 4096 * 14336));
	assert.is(curve.flopsPerAttention, 4 * 32 * 4096);
});

test('sumOfPowerW() is the sum over the batches to rounding', () => {
	fc.assert(
		fc.property(
			fc.double({ min: 1e-4, max: 1.2, noNaN: true }),
			fc.double({ min: 0, max: 0.01, noNaN: true }),
			fc.integer({ min: 1, max: 64 }),
			(load, relativeRise, count) => {
				const first = load * curve.saturationFlops;
				const rise = relativeRise * first;
				let sum = 0;
				for (let i = 0; i < count; i++) sum += gpuPowerW(curve, first + rise * i, 0);
				const work = {
					flops: first,
					flopsRise: rise,
					bytes: 0,
					bytesRise: 0,
					paddedFlops: 0,
					durationS: 1,
				};
				assert.ok(Math.abs(sumOfPowerW(curve, work, count) / sum - 1) < 2e-14);
			},
		),
		{ numRuns: 500 },
	);
});

test.run();

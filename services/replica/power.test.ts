import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findDevice, findModel } from './config.ts';
import { findGpuPower, withPower } from './device.ts';
import { gpuPowerW, powerCurve, sumOfPowerW } from './power.ts';
import { gpuPowers, powerPoints } from './profile/load-power.ts';

const cut = { tensorParallel: 1, pipelineStages: 1 };
const curve = powerCurve(findModel('meta-llama/Meta-Llama-3-8B'), findDevice('a100'), cut);

// The parts of the way from idle to maximal power in reference/vidur-energy/SPEC.md section 1, four digits.
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
			const powerW = gpuPowerW(gpu, mfu * gpu.peakFlops);
			assert.ok(Math.abs((powerW - idleW) / (maxW - idleW) - part) <= 5e-5, `${name} at ${mfu}`);
		}
	}
});

test('the spreads in gpu-power.json are how far its measured points lie from each curve', () => {
	const model = findModel('meta-llama/Meta-Llama-3-8B');
	for (const { device, rows } of powerPoints)
		for (const name of ['vidur-energy', 'measured'] as const) {
			const power = findGpuPower(name, device);
			const gpu = powerCurve(model, withPower(findDevice(device), power), cut);
			const percent = rows.map(([promptMfu, promptTime, decodeMfu, powerW]) => {
				const at = (mfu: number) => gpuPowerW(gpu, mfu * gpu.peakFlops);
				const meanW = promptTime * at(promptMfu) + (1 - promptTime) * at(decodeMfu);
				return 100 * (powerW / meanW - 1);
			});
			const [least, most] = power.measured?.busyPercent ?? [];
			assert.is(Math.floor(Math.min(...percent)), least, `${name} of ${device}`);
			assert.is(Math.ceil(Math.max(...percent)), most, `${name} of ${device}`);
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
				for (let i = 0; i < count; i++) sum += gpuPowerW(curve, first + rise * i);
				assert.ok(Math.abs(sumOfPowerW(curve, first, rise, count) / sum - 1) < 2e-14);
			},
		),
		{ numRuns: 500 },
	);
});

test.run();

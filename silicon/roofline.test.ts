import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../kernel/files/project-file.ts';
import { findDevice, findGpuPower, withPower } from './device.ts';
import {
	fitRoofline,
	heldOutRooflineErrors,
	type RooflineRun,
	rooflineErrors,
	rooflineRuns,
} from './fit/roofline-fit.ts';
import { gpuPowerW, powerCurve } from './power.ts';
import { findModel } from './profile/load-cards.ts';
import { fillTraffic, trafficOf } from './traffic.ts';

const file = 'profiling-data/truth/mlenergy.csv';
const text = readFileSync(projectFile(file), 'utf8');
const ALONE = { tensorParallel: 1, pipelineStages: 1 };

function spread(errors: readonly number[]) {
	const percent = errors.map((error) => 100 * error);
	const mean = percent.reduce((sum, one) => sum + Math.abs(one), 0) / percent.length;
	return { low: Math.floor(Math.min(...percent)), high: Math.ceil(Math.max(...percent)), mean };
}

/** What is shipped of a GPU, in the words of the fit. */
function shipped(gpu: string, runs: readonly RooflineRun[]) {
	const power = findGpuPower('roofline', gpu);
	const { roofline, maxW } = power;
	if (roofline === undefined) throw new Error(`no roofline of ${gpu}`);
	const dense = { ...roofline, powerExponent: power.powerExponent };
	const { baseW, memoryW, computeW, powerExponent, tensorParallelLoss } = runs[0]?.isDense
		? dense
		: (roofline.experts ?? dense);
	return {
		given: { baseW, maxW },
		fit: { memoryW, computeW, exponent: powerExponent, loss: tensorParallelLoss },
	};
}

const rounded = ({ memoryW, computeW, exponent, loss }: ReturnType<typeof fitRoofline>) => ({
	memoryW: Math.round(memoryW),
	computeW: Math.round(computeW),
	exponent: Number(exponent.toFixed(3)),
	loss: Number(loss.toFixed(3)),
});

for (const [gpu, dense, experts] of [
	['h100', { inPercent: 4.5, outPercent: 7 }, { inPercent: 13, outPercent: 20 }],
	['b200', { inPercent: 4, outPercent: 4.5 }, { inPercent: 11, outPercent: 17.5 }],
] as const)
	for (const [what, isDense, stated] of [
		['dense models', true, dense],
		['models with experts', false, experts],
	] as const)
		test(`roofline of ${gpu} is the fit to runs of ${what}, and its errors are as stated`, () => {
			const runs = rooflineRuns(text, file, gpu).filter((run) => run.isDense === isDense);
			const { given, fit } = shipped(gpu, runs);
			assert.equal(fit, rounded(fitRoofline(runs, given)));
			assert.ok(spread(rooflineErrors(runs, fit, given)).mean < stated.inPercent);
			const heldOut = spread(heldOutRooflineErrors(runs, given));
			assert.ok(heldOut.mean < stated.outPercent);
			if (!isDense) return;
			const { measured } = findGpuPower('roofline', gpu);
			assert.equal(measured?.busyPercent, [heldOut.low, heldOut.high]);
			assert.is(measured?.meanPercent, Math.round(heldOut.mean));
			assert.is(measured?.runs, runs.length);
		});

test('decoding draws by its memory traffic: Llama-3.1-8B of eight requests on an H100 486 W', () => {
	const model = findModel('meta-llama/Llama-3.1-8B-Instruct');
	const device = withPower(findDevice('h100'), findGpuPower('roofline', 'h100'));
	const curve = powerCurve(model, device, ALONE);
	const moved = { bytes: 0, bytesRise: 0, onceBytes: 0, kvBytes: 0, paddedFlops: 0 };
	fillTraffic(trafficOf(model, ALONE), moved, { tokens: 8, sequences: 8 }, 8 * 630);
	// 7.0 billion weights of layers and half a billion of the head, in 2 bytes, and 128 KiB of KV a token.
	assert.ok(Math.abs(moved.bytes / (15.0e9 + 0.66e9) - 1) < 0.01, `${moved.bytes}`);
	// Measured: 7.459 ms a step, 486.44 W.
	const powerW = gpuPowerW(curve, (8 * curve.flopsPerToken) / 7.459e-3, moved.bytes / 7.459e-3);
	assert.ok(Math.abs(powerW / 486.44 - 1) < 0.07, `${powerW} W`);
});

test('experts that a batch reads grow with its tokens to all, from as many as one token is sent to', () => {
	const { touchedShare, experts, expertsPerToken } = trafficOf(
		findModel('Qwen/Qwen3-30B-A3B'),
		ALONE,
	);
	assert.ok(Math.abs((touchedShare[1] as number) * experts - expertsPerToken) < 1e-9);
	for (let n = 1; n < touchedShare.length; n++)
		assert.ok((touchedShare[n] as number) >= (touchedShare[n - 1] as number));
	assert.ok((touchedShare.at(-1) as number) > 0.999);
});

test('a GPU never draws more than its limit, and no less at work than its base', () => {
	for (const gpu of ['h100', 'b200', 'h200', 'a100', 'l40s']) {
		const device = withPower(findDevice(gpu), findGpuPower('roofline', gpu));
		const curve = powerCurve(findModel('Qwen/Qwen3-8B'), device, ALONE);
		assert.is(gpuPowerW(curve, curve.peakFlops, 1e13), device.maxW);
		assert.is(gpuPowerW(curve, 0, 0), device.roofline?.baseW);
		assert.ok(device.idleW <= curve.baseW);
	}
});

test.run();

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { NO_OVERHEADS } from '../../protocol/scenario/overheads.ts';
import { findGpuPower } from '../../silicon/device.ts';
import { tablePredictor } from '../../silicon/predictor/predictor.ts';
import { loadTables } from '../../silicon/profile/load.ts';
import { calibrationNames, findCalibration, gpuPowerOf, overheadsOf } from './calibration.ts';
import { frameOf } from './plan.ts';
import { replicaConfig } from './replica-config.ts';
import { scenarioFrom } from './scenario-source.ts';

const OWN = `
about: one server of ours
source: a night in the lab
date: 2026-03-04
overheads: { stepMs: 1.5, samplingNs: 0.2 }
power: { idleW: 71, maxW: 390, saturationMfu: 0.4, powerExponent: 0.6 }
`;

/** A scenario with a calibration beside it. */
function withFile<T>(text: string, use: (path: string, folder: string) => T): T {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-calibration-'));
	try {
		writeFileSync(join(folder, 'own.yaml'), text);
		return use(join(folder, 'own.yaml'), folder);
	} finally {
		rmSync(folder, { recursive: true });
	}
}

const servingOf = (serving: object, folder = '.') => {
	const { serving: resolved } = scenarioFrom({ serving }, folder);
	if (resolved === null) throw new Error('it has no serving');
	return resolved;
};

test('a calibration counts where the scenario says nothing, and its path is relative to the scenario', () => {
	withFile(OWN, (_, folder) => {
		const serving = servingOf(
			{ calibration: './own.yaml', overheads: { samplingNs: 0.1 } },
			folder,
		);
		assert.equal(overheadsOf(serving), { ...NO_OVERHEADS, stepMs: 1.5, samplingNs: 0.1 });
		const power = gpuPowerOf(serving);
		assert.equal(
			[power.idleW, power.maxW, power.saturationMfu, power.powerExponent],
			[71, 390, 0.4, 0.6],
		);
		assert.match(power.source, /own\.yaml \(a night in the lab, 2026-03-04\)/);
		const curve = gpuPowerOf({ ...serving, powerCurve: 'vidur-energy' });
		assert.equal(curve, findGpuPower('vidur-energy', 'a100'));
	});
});

test('a roofline of a calibration counts, and none of the device beside an MFU curve of one', () => {
	const roofline =
		'{ baseW: 110, memoryW: 480, computeW: 1500, tensorParallelLoss: 0.1, bandwidthGBps: 3350 }';
	withFile(OWN.replace('powerExponent: 0.6', `powerExponent: 0.6, roofline: ${roofline}`), (path) =>
		assert.is(gpuPowerOf(servingOf({ device: 'h100', calibration: path })).roofline?.memoryW, 480),
	);
	withFile(OWN, (path) =>
		assert.is(gpuPowerOf(servingOf({ device: 'h100', calibration: path })).roofline, undefined),
	);
});

test('a scenario without overheads has the predictor that it had', () => {
	const scenario = scenarioFrom({});
	assert.is(replicaConfig(scenario, frameOf(scenario)).predictor, undefined);
});

test('a batch takes its operators, scaled, the step and the sampling of each of its requests', () => {
	const overheads = { stepMs: 1.5, samplingNs: 0.2, kernelScale: 1.1 };
	const scenario = scenarioFrom({ serving: { overheads } });
	const { model, device, profile, predictor } = replicaConfig(scenario, frameOf(scenario));
	const plain = replicaConfig(scenarioFrom({}), frameOf(scenario));
	assert.ok(predictor !== undefined);
	const tables = loadTables(profile, { model, device: device.name, tensorParallel: 1 });
	const usual = { ...predictor, stepMs: 0, samplingNs: 0, kernelScale: 1 };
	const [timed, bare] = [predictor, usual].map((constants) =>
		tablePredictor(tables, plain.model, { tensorParallel: 1, pipelineStages: 1 }, constants),
	);
	const batch = {
		tokens: 107,
		decodes: 7,
		decodeKv: 900,
		prefills: 1,
		prefillSquares: 1e4,
		prefillKv: 0,
	};
	const expectedS =
		1.1 * (bare?.batchTimeS(batch) ?? 0) + 1.5e-3 + 8 * 0.2e-9 * (model.vocabulary ?? 0);
	assert.ok(Math.abs((timed?.batchTimeS(batch) ?? 0) / expectedS - 1) < 1e-12);
});

test('the calibrations that ship are whole, and have a source and a date', () => {
	for (const name of calibrationNames()) {
		const { source, date, overheads } = findCalibration(name);
		assert.ok(source.length > 20, name);
		assert.match(date, /^20\d\d-/);
		assert.ok(Object.keys(overheads).length > 0, name);
		overheadsOf(servingOf({ calibration: name }));
	}
});

test('a calibration that is not known, not there or not whole is refused in a line', () => {
	assert.throws(
		() => findCalibration('vllm-15'),
		/^Cannot use calibration "vllm-15": .*known are vllm-0\.15-h100.*; one of your own is the path of its file/,
	);
	assert.throws(
		() => findCalibration('./nowhere.yaml'),
		/Cannot read calibration ".\/nowhere.yaml"/,
	);
	withFile(OWN.replace('stepMs: 1.5', 'stepMs: -1'), (path) =>
		assert.throws(() => findCalibration(path), /overheads\.stepMs/),
	);
});

test.run();

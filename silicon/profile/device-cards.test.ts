import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { projectFile } from '../../kernel/files/project-file.ts';
import { findDevice, findGpuPower } from '../device.ts';
import { powerOrigin } from '../power-origin.ts';
import { deviceNames, shippedDeviceCard } from './load-device-card.ts';

/** Cards of aiconfigurator by our names; the yaml files lie beside the project where it is developed. */
const THEIRS: Readonly<Record<string, string>> = {
	...{ a100: 'a100_sxm', h100: 'h100_sxm', h200: 'h200_sxm', b200: 'b200_sxm', b300: 'b300_sxm' },
	...{ gb200: 'gb200', gb300: 'gb300', l40s: 'l40s', 'rtx-pro-6000': 'rtx_pro_6000_server' },
};
const FOLDER = projectFile('../shared/data/silicon/aiconfigurator');

interface Theirs {
	readonly gpu: Readonly<Record<string, number>>;
	readonly node: { readonly intra_node_bw: number };
}

test('the GPUs that people run today ship, with all that times and memory are made of', () => {
	assert.equal(deviceNames, [
		'a100',
		'h100',
		'a40',
		'b200',
		'b300',
		'gb200',
		'gb300',
		'h200',
		'l40s',
		'rtx-pro-6000',
	]);
	for (const device of deviceNames.map(findDevice)) {
		assert.equal(findDevice(device.name.toUpperCase()), device);
		const { bandwidthGBps, linkGBps, usableMemoryGiB = 0, memoryGb, idleW, maxW } = device;
		assert.ok(bandwidthGBps !== undefined && linkGBps !== undefined, device.name);
		assert.ok(usableMemoryGiB > 0.97 * memoryGb && usableMemoryGiB < memoryGb, device.name);
		assert.ok(idleW > 0 && idleW < maxW, device.name);
		assert.is(shippedDeviceCard(device.name)?.tdpW, maxW);
	}
});

test('power of a GPU that was not measured is said to be approximate', () => {
	const origin = powerOrigin(findGpuPower(null, 'gb300'));
	assert.is(origin.label, 'approximate');
	assert.match(origin.source, /as a part of the TDP; highest the TDP; .*its error is not either/);
});

test(`figures are those of aiconfigurator${existsSync(FOLDER) ? '' : ' (skipped: no ../shared)'}`, () => {
	if (!existsSync(FOLDER)) return;
	for (const [name, file] of Object.entries(THEIRS)) {
		const { gpu, node }: Theirs = parse(readFileSync(join(FOLDER, `${file}.yaml`), 'utf8'));
		const device = findDevice(name);
		const near = (ours: number | undefined, theirs: number | undefined, scale: number) =>
			assert.ok(
				ours === undefined || theirs === undefined || Math.abs(ours / (theirs / scale) - 1) < 3e-3,
				`${name}: ${ours}, not ${theirs}`,
			);
		near(device.bandwidthGBps, gpu['mem_bw'], 1e9);
		near(device.fp16Tflops, gpu['bfloat16_tc_flops'], 1e12);
		near(device.fp8Tflops, gpu['fp8_tc_flops'], 1e12);
		near(device.fp4Tflops, gpu['fp4_tc_flops'], 1e12);
		near(device.maxW, gpu['power'], 1);
		near(device.memoryGb, gpu['mem_capacity'], 2 ** 30);
		near(device.linkGBps, node.intra_node_bw, 1e9);
	}
});

test.run();

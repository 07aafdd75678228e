import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { replicaDefaults } from '../../services/replica/config.ts';
import { behaviourOf } from '../../silicon/compatibility.ts';
import { findGpuPower } from '../../silicon/device.ts';
import { frameOf } from './plan.ts';
import { replicaConfig } from './replica-config.ts';
import { Scenario } from './scenario.ts';

function configOf(serving: Readonly<Record<string, unknown>>) {
	const scenario = Scenario.parse({ cap: [], serving });
	return replicaConfig(scenario, frameOf(scenario));
}

/** The exponent tells the curves apart. */
const exponentOf = (curve: 'measured' | 'vidur-energy', device: string) =>
	findGpuPower(curve, device).powerExponent;

test('the defaults of a replica are those of a scenario, but for power and network as Vidur has them', () => {
	const { stepUs: _, device, profile, ...others } = configOf({});
	assert.equal({ ...replicaDefaults, device, profile }, { ...others, device, profile });
	const { device: ofVidur } = configOf({ powerCurve: 'vidur-energy' });
	assert.equal(replicaDefaults.device, ofVidur);
	assert.is(replicaDefaults.profile, configOf({ network: 'pairwise' }).profile);
});

test('GPUs draw what was measured where anything was, and else what is published', () => {
	for (const device of ['a100', 'h100'])
		assert.is(configOf({ device }).device.powerExponent, exponentOf('measured', device));
	const model = 'meta-llama/Llama-2-7b-hf';
	const a40 = configOf({ device: 'a40', model }).device;
	assert.is(a40.powerExponent, exponentOf('vidur-energy', 'a40'));
	const published = configOf({ powerCurve: 'vidur-energy' }).device;
	assert.is(published.powerExponent, exponentOf('vidur-energy', 'a100'));
	assert.throws(() => configOf({ device: 'a40', model, powerCurve: 'measured' }), /of A40/);
});

test('SXM parts are joined as in a DGX, cards in pairs, and all in pairs as Vidur', () => {
	const model = 'meta-llama/Llama-2-7b-hf';
	const profile = (serving: Readonly<Record<string, unknown>>) =>
		configOf({ model, tensorParallel: 2, ...serving }).profile;
	assert.is(profile({ device: 'h100' }), 'llama-2-7b-h100-tp2-dgx');
	assert.is(profile({ device: 'a100' }), 'llama-2-7b-a100-tp2-dgx');
	assert.is(profile({ device: 'a40' }), 'llama-2-7b-a40-tp2');
	assert.is(profile({ device: 'h100', network: 'pairwise' }), 'llama-2-7b-h100-tp2');
	assert.is(profile({ device: 'h100', compatibility: 'vidur' }), 'llama-2-7b-h100-tp2');
	assert.is(
		profile({ device: 'h100', compatibility: 'vidur', network: 'dgx' }),
		'llama-2-7b-h100-tp2-dgx',
	);
});

test('compatibility sets everything but the power curve, in one place', () => {
	assert.is(behaviourOf(null).predictor.allReduceLaunchMs, 0);
	assert.is(behaviourOf('vidur').predictor.allReduceLaunchMs, 0.02);
	const vidur = configOf({ compatibility: 'vidur' });
	assert.is(vidur.compatibility, 'vidur');
	assert.is(vidur.device.powerExponent, exponentOf('measured', 'a100'));
});

test.run();

import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { RunMetadata } from '../protocol/run-folder/metadata.ts';
import { readable } from '../protocol/run-folder/read-format.ts';
import { anyCapRule } from '../protocol/scenario/caps.test-support.ts';
import { capText, parseCapRule, printCapRule } from '../protocol/scenario/caps.ts';
import { capMarks } from '../results/report/cap-marks.ts';
import { makePlan } from '../run/make-plan.ts';
import { readScenario } from '../run/resolve/scenario-file.ts';
import { ControllerConfig } from '../services/controller/config.ts';
import type { RecorderConfig } from '../services/recorder/config.ts';
import * as fc from './properties.test-support.ts';

/** A rule of the power cap is one thing from the scenario to the report: nothing on the way knows less of it. */
const ALL_SIGNALS = new Map<string, unknown>([
	['until', '1h'],
	['serving', null],
	['carbon', { source: 'constant', valueGPerKwh: 300 }],
	['marginalCarbon', { source: 'constant', valueGPerKwh: 400 }],
]);

async function planOf(cap: readonly unknown[]) {
	const scenario = readScenario(null, new Map([...ALL_SIGNALS, ['cap', cap]]));
	const { roster } = await makePlan(scenario, { command: null });
	const configOf = (kind: string) => roster.find((actor) => actor.kind === kind)?.config;
	const controller = ControllerConfig.parse(configOf('controller'));
	const { metadata } = configOf('recorder') as RecorderConfig;
	return { scenario, controller, metadata: RunMetadata.parse(metadata) };
}

test('rules of flags and of files reach controller and report without loss', async () => {
	const rules = fc.array(anyCapRule(), { minLength: 1, maxLength: 30 });
	await fc.assert(
		fc.asyncProperty(rules, async (cap) => {
			const flags = cap.map((rule) => parseCapRule(printCapRule(rule), '--cap'));
			for (const given of [cap, flags]) {
				const { scenario, controller, metadata } = await planOf(given);
				assert.equal(scenario.cap, cap);
				assert.equal(controller.cap?.rules, cap);
				const told = metadata.gridbeat.cap_rules ?? [];
				assert.equal(told, cap);
				assert.equal(told.map(capText), cap.map(capText));
				const drawn = (['carbon', 'marginal'] as const).flatMap((signal) => capMarks(told, signal));
				const onIntensity = cap.filter(
					({ signal }) => signal === 'carbon' || signal === 'marginal',
				);
				assert.is(drawn.length, onIntensity.length, 'each is a line of the figure');
			}
		}),
		{ numRuns: 5 },
	);
});

test('a rule of an older run that the report does not know takes no other one away, and is named', () => {
	const known = { signal: 'carbon', above: 300, capWPerGpu: 250 };
	const cap_rules = [{ ...known, signal: 'tide' }, known];
	const { value, leftOut } = readable(RunMetadata, { gridbeat: { cap_rules } });
	const { gridbeat } = value;
	assert.equal(leftOut, ['gridbeat.cap_rules.0']);
	assert.equal(capMarks(gridbeat.cap_rules, 'carbon'), [
		{ value: 300, label: 'cap above 300 g/kWh' },
	]);
});

test('the figure of intensities says which of them a rule means', () => {
	const rules = ['marginal>300:250', 'soc<0.4:200'].map((text) => parseCapRule(text, '--cap'));
	assert.equal(capMarks(rules, 'carbon'), []);
	assert.equal(capMarks(rules, 'marginal'), [
		{ value: 300, label: 'cap above 300 g/kWh (marginal)' },
	]);
});

test.run();

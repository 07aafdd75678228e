import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../kernel/files/project-file.ts';
import { Scenario } from '../protocol/scenario/scenario.ts';
import { scenarioJsonSchema } from '../run/resolve/scenario-file.ts';

/**
 * What docs/models.md says is left out must not be there: words of what it leaves out, with the key of a scenario
 * that would do it. The page once left out ageing, prefix caching and demand charges long after they worked.
 */
const KEYS: Readonly<Record<string, string>> = {
	'prefix cach': 'prefixCache',
	sessions: 'sessions',
	'daily rhythm': 'diurnal',
	ageing: 'degradation',
	'self-discharge': 'selfDischargePerMonth',
	'losses of the converter': 'chargeEfficiency',
	'demand charge': 'demandUsdPerKw',
	'exports earn nothing': 'exportUsdPerKwh',
	'it has no forecast': 'forecast',
	'pipeline stages': 'pipelineStages',
	sleep: 'sleep',
};

/** Sentences of a page that say what there is not. */
function denials(text: string): string[] {
	return text
		.replaceAll(/\s+/g, ' ')
		.split(/(?<=[.;])\s/)
		.filter((sentence) =>
			/left out|nothing|no demand|not supported|has no|so far|not yet/i.test(sentence),
		);
}

const schema = JSON.stringify(scenarioJsonSchema());

/** Denials of `text` that the scenario's keys contradict. */
function untrue(text: string): string[] {
	return denials(text).filter((sentence) =>
		Object.entries(KEYS).some(
			([words, key]) => sentence.toLowerCase().includes(words) && schema.includes(`"${key}"`),
		),
	);
}

test('docs/models.md leaves out nothing that a scenario can ask for', () => {
	assert.equal(untrue(readFileSync(projectFile('docs/models.md'), 'utf8')), []);
});

test('a page that leaves out what is there is found', () => {
	const text = 'Left out: ageing,\ntemperature. A day costs nothing. There are no demand charges.';
	assert.equal(untrue(text), ['Left out: ageing, temperature.', 'There are no demand charges.']);
});

test('no key of a scenario says that it is not supported', () => {
	assert.ok(Scenario.safeParse({}).success);
	const keys = readFileSync(projectFile('docs/scenario.md'), 'utf8').split('\n');
	const found = keys.filter((line) => /so far|not (yet )?supported|no use for/i.test(line));
	assert.equal(found, []);
});

test.run();

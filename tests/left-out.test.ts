import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../kernel/files/project-file.ts';
import { scenarioJsonSchema } from '../run/resolve/editor-schema.ts';
import { Scenario } from '../run/resolve/scenario.ts';

/**
 * What a page says is left out must not be there: words of what it leaves out, with the key of a scenario
 * that would do it. Pages once left out ageing, prefix caching and what exports earn long after they worked.
 */
const KEYS: Readonly<Record<string, string>> = {
	'prefix cach': 'prefixCache',
	sessions: 'sessions',
	'a daily rhythm': 'diurnal',
	ageing: 'degradation',
	'self-discharge': 'selfDischargePerMonth',
	'losses of the converter': 'chargeEfficiency',
	'demand charge': 'demandUsdPerKw',
	'exports earn nothing': 'exportUsdPerKwh',
	'only replayed traces': 'vidurSeed',
	speculative: 'speculative',
	'mixture of experts': 'experts',
	'it has no forecast': 'forecast',
	'pipeline stages': 'pipelineStages',
	sleep: 'sleep',
};

/** Sentences of a page that say what there is not. */
function denials(text: string): string[] {
	return text
		.replaceAll(/\s*\|\s*/g, '. ')
		.replaceAll(/\s+/g, ' ')
		.split(/(?<=[.;])\s/)
		.filter((sentence) =>
			/left out|nothing|no demand|not supported|has no|so only|so far|not yet/i.test(sentence),
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

test('no page leaves out what a scenario can ask for', () => {
	// docs/scenario.md is made from the keys themselves.
	const docs = readdirSync(projectFile('docs')).filter((name) => /^(?!scenario).*\.md$/.test(name));
	assert.ok(docs.includes('models.md'));
	for (const page of ['README.md', 'ARCHITECTURE.md', ...docs.map((name) => `docs/${name}`)])
		assert.equal(untrue(readFileSync(projectFile(page), 'utf8')), [], page);
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

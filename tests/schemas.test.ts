import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../kernel/files/project-file.ts';
import { given } from '../protocol/scenario/given.ts';
import { loadPowerCurves } from '../services/wind/load.ts';
import { Wind } from '../services/wind/section.ts';
import { CODE_WINGS } from './laws.ts';

/**
 * A concept has one schema: which values a key may have is written in one place, and whoever needs it imports it. What
 * is written a second time drifts: one of the two learns a new value, and the other refuses it.
 */

/** Sets of values that stand in several places because they are different concepts, and why. */
const APART: Readonly<Record<string, string>> = {
	'faster_transformer lightllm orca sarathi vllm vllm-v1':
		'vidur/serving/flag-table.ts is the table of Vidur’s own flags, whatever we add to ours',
};

interface Source {
	readonly path: string;
	readonly text: string;
}

function sourcesIn(folder: string): Source[] {
	return readdirSync(projectFile(folder), { withFileTypes: true }).flatMap((entry) => {
		const path = `${folder}/${entry.name}`;
		if (entry.isDirectory()) return entry.name === 'testdata' ? [] : sourcesIn(path);
		const isOurs = path.endsWith('.ts') && !/\.test(-support)?\.ts$/.test(path);
		return isOurs ? [{ path, text: readFileSync(projectFile(path), 'utf8') }] : [];
	});
}

const WORD = String.raw`'[^'\n]+'`;
const WORDS = String.raw`\[\s*(${WORD}(?:,\s*${WORD})+),?\s*\]`;
/** A schema, a constant, the choices of a flag, and a union as a type. Other lists are data. */
const SCHEMA = new RegExp(String.raw`\benum\(\s*${WORDS}`, 'g');
const CONSTANT = new RegExp(String.raw`\bconst \w+ = ${WORDS}`, 'g');
const CHOICES = new RegExp(String.raw`\b(?:choices|choice)\([^[\]]*${WORDS}`, 'g');
const UNION = new RegExp(String.raw`(${WORD}(?:\s*\|\s*${WORD})+)`, 'g');

/** Where each set of words stands that a schema takes; `a b` stands for `'b' | 'a'`. */
function placesOf(sources: readonly Source[]): Map<string, string[]> {
	const places = new Map<string, string[]>();
	const enumerated = new Set<string>();
	for (const { path, text } of sources)
		for (const pattern of [SCHEMA, CONSTANT, CHOICES, UNION])
			for (const { 1: words = '', index } of text.matchAll(pattern)) {
				// A union within Pick, Omit and their like names keys.
				if (pattern === UNION && /\b(Pick|Omit)<[^>;]*$/.test(text.slice(0, index))) continue;
				const set = Array.from(words.matchAll(/'([^']+)'/g), ([, word]) => word)
					.sort()
					.join(' ');
				if (pattern === SCHEMA) enumerated.add(set);
				const line = text.slice(0, index).split('\n').length;
				places.set(set, [...(places.get(set) ?? []), `${path}:${line}`]);
			}
	return new Map([...places].filter(([set]) => enumerated.has(set)));
}

function writtenTwice(sources: readonly Source[]): string[] {
	return [...placesOf(sources)]
		.filter(([set, at]) => at.length > 1 && APART[set] === undefined)
		.map(([set, at]) => `${at.join(', ')}: ${set} is written twice, import the one from the other`);
}

test('the turbines that a scenario may name are those of the data', () => {
	const known = Object.keys(loadPowerCurves().turbines);
	const [{ shape }] = given(Wind.shape).powerCurve.options;
	assert.equal(shape.turbine.unwrap().options.toSorted(), known.toSorted());
});

test('no set of values is written twice', () => {
	assert.is(writtenTwice(CODE_WINGS.flatMap(sourcesIn)).join('\n'), '');
});

test('every set of values that stands apart is one of a schema', () => {
	const places = placesOf(CODE_WINGS.flatMap(sourcesIn));
	for (const set of Object.keys(APART)) assert.ok(places.has(set), set);
});

test('writtenTwice() finds a second enumeration, a union and a list', () => {
	const first = { path: 'a.ts', text: "const Mode = z.enum(['on', 'off'])" };
	for (const text of [
		"z.enum(['off', 'on'])",
		"type Mode = 'off' | 'on';",
		"const MODES = ['on', 'off'] as const;",
		"const MODES = ['on', 'off'];",
		"new Option('--mode <name>', 'how').choices(['on', 'off'])",
	])
		assert.equal(writtenTwice([first, { path: 'b.ts', text }]), [
			'a.ts:1, b.ts:1: off on is written twice, import the one from the other',
		]);
	for (const text of ["['on', 'off'].join()", "Pick<Keys, 'on' | 'off'>", "z.enum(['on', 'idle'])"])
		assert.equal(writtenTwice([first, { path: 'b.ts', text }]), []);
});

test.run();

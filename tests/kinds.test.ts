import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../kernel/files/project-file.ts';
import { DECLARED_KINDS, RENEWABLES } from '../services/declared-kinds.ts';
import { KIND_NAMES } from '../services/kinds.ts';
import { CODE_WINGS } from './laws.ts';

/** The project's code that is no test. */
function sources(): { path: string; text: string }[] {
	return CODE_WINGS.flatMap((wing) =>
		readdirSync(projectFile(wing), { recursive: true, encoding: 'utf8' })
			.map((name) => `${wing}/${name}`)
			.filter((path) => path.endsWith('.ts') && !/\.test(-support)?\.ts$|testdata/.test(path))
			.map((path) => ({ path, text: readFileSync(projectFile(path), 'utf8') })),
	);
}

/** A kind's name as code has it: its imports, its keys, names made of it, its file. Words of comments are none. */
function namesKind(kind: string): RegExp {
	const [type, upper] = [kind.charAt(0).toUpperCase() + kind.slice(1), kind.toUpperCase()];
	return new RegExp(
		[
			`['"]${kind}['"]|--${kind}\\b|\\b${kind}\\.csv|\\./${kind}/|/services/${kind}/|\\b${kind}:|\\.${kind}\\b`,
			`\\b${kind}(W|Kwh|Names|Config|Kind|Origin|Declaration)\\b|\\b${kind}_names|\\b${upper}(_TABLE)?\\b|\\b${type}\\b(?! Sp)`,
		].join('|'),
	);
}

/** Files outside its folder that may name a kind: those of the registry, of its table, and a word that it shares. */
const MOST = 6;

/**
 * What a kind's folder has beside it, for which others go there: the places of the world and their climate, and the air
 * outside, lie in services/solar/. No file more may go there.
 */
const MORE: Readonly<Record<string, number>> = { solar: 21 };

/** Files in which a kind's name is another's word. */
const OTHERS: Readonly<Record<string, RegExp>> = {
	// Weather has a quantity of that name.
	wind: /^(feeds\/weather|services\/solar|services\/gateway\/client\/|cli\/weather-)/,
	// Words of Vidur-Energy: its flags, files and figures. Weather and parts of the dashboard are drawn in that colour.
	solar:
		/^(vidur\/|results\/accounting\/vidur-energy|protocol\/run-folder\/summary-energy|services\/gateway\/client\/|cli\/(cosim-command|weather-html))/,
};

test('a kind that declares itself is named in at most 6 files outside its folder', () => {
	const files = sources();
	for (const { kind } of DECLARED_KINDS) {
		const pattern = namesKind(kind);
		const named = files.filter(({ path, text }) => {
			if (path.startsWith(`services/${kind}/`)) return false;
			const code = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
			return pattern.test(code) && OTHERS[kind]?.test(path) !== true;
		});
		const paths = named.map(({ path }) => path);
		assert.ok(paths.includes('services/kinds.ts'), `${kind}: ${paths}`);
		assert.ok(paths.length <= (MORE[kind] ?? MOST), `${kind}: ${paths.length} ${paths.join(', ')}`);
	}
});

test('every kind that declares itself can be run', () => {
	for (const { kind, section } of DECLARED_KINDS) {
		assert.ok(KIND_NAMES.includes(kind), kind);
		const [first] = [section.schema.parse({})];
		assert.is(first?.name, kind, 'the default name is the kind');
	}
	assert.is(RENEWABLES, 'sun and wind');
});

test.run();

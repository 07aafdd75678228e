import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { programFile, projectFile } from '../kernel/files/project-file.ts';
import { editorSchema } from '../studies/session/editor-schemas.ts';
import { FILE_KINDS, type FileKind } from '../studies/session/file-kinds.ts';
import { gridbeat } from './cli.ts';

/** The schemas that editors check files by, as another program reads them. */

const MODELINE = /^# yaml-language-server: \$schema=(\S+)\n/;

const CHECKS = new Map<FileKind, ValidateFunction>();

function check(kind: FileKind): ValidateFunction {
	const made =
		CHECKS.get(kind) ??
		new Ajv({ strict: false, validateFormats: false }).compile(editorSchema(kind));
	CHECKS.set(kind, made);
	return made;
}

/** What an editor underlines in a text, empty where it is content. */
function complaints(kind: FileKind, text: string): string {
	const validate = check(kind);
	return validate(parse(text))
		? ''
		: (validate.errors ?? [])
				.map(({ instancePath, message }) => `${instancePath} ${message}`)
				.join('; ');
}

const examples = readdirSync(projectFile('examples'), { recursive: true, encoding: 'utf8' })
	.filter((name) => name.endsWith('.yaml'))
	.map((name) => projectFile(join('examples', name)));

test('every example names its schema in its first line, and keeps to it', () => {
	assert.ok(examples.length > 15);
	for (const path of examples) {
		const text = readFileSync(path, 'utf8');
		const named = MODELINE.exec(text)?.[1] ?? '';
		const schema = join(dirname(path), named);
		const kind = FILE_KINDS.find(
			(one) => schema === projectFile(`dist/program/schemas/${one}.json`),
		);
		assert.ok(kind !== undefined, `${relative(projectFile('.'), path)} names "${named}"`);
		assert.is(complaints(kind, text), '', path);
	}
});

test('gridbeat schema prints what the build puts beside the program, for each kind of file', async () => {
	for (const kind of FILE_KINDS) {
		const { code, stdout } = await gridbeat(['schema', kind]);
		assert.is(code, 0);
		assert.equal(JSON.parse(stdout), JSON.parse(JSON.stringify(editorSchema(kind))));
		const built = join(dirname(programFile('cli/main')), '../schemas', `${kind}.json`);
		assert.ok(existsSync(built), built);
		assert.equal(JSON.parse(readFileSync(built, 'utf8')), JSON.parse(stdout));
	}
	const { stdout } = await gridbeat(['schema']);
	assert.is(JSON.parse(stdout).title, 'Gridbeat scenario');
	const { code, stderr } = await gridbeat(['schema', 'sweeps']);
	assert.is(code, 2);
	assert.match(stderr, /sweeps.*scenario, sweep, capacity/);
});

test('an editor offers the names of models, devices, places and grid zones, and takes others', () => {
	const text = JSON.stringify(editorSchema('scenario'));
	for (const name of ['meta-llama/Meta-Llama-3-8B', 'h100', 'Mexico City', 'US-CA'])
		assert.match(text, `"${name}"`);
	const { properties } = editorSchema('scenario') as Record<
		string,
		Record<string, { anyOf?: { enum?: string[] }[] }>
	>;
	assert.ok(properties?.['location']?.anyOf?.[0]?.enum?.includes('Berlin'));
	const own =
		'location: { name: Here, latitude: 1, longitude: 2, timezone: UTC }\nserving: { device: ./my-gpu.yaml }\n';
	assert.is(complaints('scenario', own), '');
});

test('an editor underlines unknown keys and wrong values in studies, also below the paths of a design', () => {
	const good = {
		sweep:
			'base: { until: 1h }\ngrid: { serving.replicas: [1, 2], batteries.0.capacityWh: [1, 2], location: [Berlin] }\nlist: [{ serving.scheduler: vllm }]\n',
		capacity: 'base: other.yaml\ngrid: { serving.device: [a100] }\nslo: { ttftS: { p90: 1 } }\n',
	};
	const wrong: Readonly<Record<keyof typeof good, readonly string[]>> = {
		sweep: [
			'bas: { until: 1h }\n',
			'base: { untill: 1h }\n',
			'grid: { serving.replicas: [two] }\n',
			'grid: { serving.scheduler: [fastest] }\n',
			'grid: { serving.replicas: 2 }\n',
			'list: [{ serving.scheduler: fastest }]\n',
			'random: { samples: 4 }\n',
		],
		capacity: ['slo: { ttft: { p90: 1 } }\n', 'search: { tolerance: 2 }\n', 'gpus: 1.5\n'],
	};
	for (const kind of ['sweep', 'capacity'] as const) {
		assert.is(complaints(kind, good[kind]), '');
		for (const text of wrong[kind]) assert.ok(complaints(kind, text) !== '', `${kind}: ${text}`);
	}
});

test.run();

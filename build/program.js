import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/**
 * Makes dist/program/: what runs as a process or a thread, and what `import … from 'gridbeat'` gives, each with all that it
 * imports in a few files. A process reads some 20 to 50 of them where it read hundreds, so its start takes less processor
 * time. One call makes them all, so that they share their parts: a class is one class, whoever imports it.
 * Usage: node build/program.js
 */
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const OUT = 'dist/program';

/** Modules that something starts or imports from outside by their path (`programFile` of kernel/files/project-file.ts). */
const ENTRIES = [
	'cli/main.ts',
	'run/gridbeat.ts',
	'services/controller/policy-worker.ts',
	'studies/capacity/worker.ts',
	'studies/experiments/experiment-worker.ts',
	'studies/session/sweep-worker.ts',
	'studies/truth/worker.ts',
	'vidur/serving/outputs/write-worker.ts',
	'services/main.ts',
	...readdirSync(join(ROOT, 'services'))
		.map((kind) => `services/${kind}/main.ts`)
		.filter((path) => existsSync(join(ROOT, path))),
];

/**
 * Packages that stay packages: `highs` finds its WebAssembly beside itself, `msgpackr-extract` is a native part that need not
 * be there, and `protobufjs` is asked for by a function of @datadog/sketches-js that nobody calls.
 */
const EXTERNAL = ['highs', 'msgpackr-extract', 'protobufjs'];

/** Packages that state their licence and have no file with it. */
const LICENSE_TEXTS = {
	'@nodable/entities': mit('Amit Gupta'),
	'abstract-logging': mit('James Sumners'),
	brotli: mit('Devon Govett'),
	dfa: mit('Devon Govett'),
	fontkit: mit('Devon Govett'),
};

/** Packages in the CommonJS form ask for modules of Node by a function that ES modules have not. */
const REQUIRE = `import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);`;

rmSync(join(ROOT, OUT), { recursive: true, force: true });
const { metafile } = await build({
	absWorkingDir: ROOT,
	entryPoints: ENTRIES,
	outbase: '.',
	outdir: OUT,
	chunkNames: 'parts/[name]-[hash]',
	bundle: true,
	splitting: true,
	format: 'esm',
	platform: 'node',
	target: 'node20.19',
	external: EXTERNAL,
	banner: { js: REQUIRE },
	sourcemap: 'linked',
	sourcesContent: false,
	metafile: true,
	logLevel: 'warning',
});
writeFileSync(join(ROOT, OUT, 'LICENSES.txt'), licenses());
writeSchemas();

/** What the first lines of the examples name for editors, in as few bytes as they need. */
function writeSchemas() {
	mkdirSync(join(ROOT, OUT, 'schemas'));
	for (const kind of ['scenario', 'sweep', 'capacity']) {
		const text = execFileSync(process.execPath, [join(ROOT, OUT, 'cli/main.js'), 'schema', kind], {
			maxBuffer: 2 ** 26,
		});
		writeFileSync(
			join(ROOT, OUT, 'schemas', `${kind}.json`),
			JSON.stringify(JSON.parse(`${text}`)),
		);
	}
}

/** The licences of the packages whose code is in the files, as these ask for; a package without one ends the build. */
function licenses() {
	const paths = Object.values(metafile.outputs).flatMap(({ inputs }) =>
		Object.entries(inputs)
			.filter(([, { bytesInOutput }]) => bytesInOutput > 0)
			.map(([path]) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]),
	);
	const folders = [...new Set(paths)].filter((path) => path !== undefined).sort();
	return `${folders.map((folder) => licenseOf(join(ROOT, folder))).join(`\n${'-'.repeat(80)}\n\n`)}`;
}

/** @param {string} folder of a package */
function licenseOf(folder) {
	const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
	const file = readdirSync(folder).find((one) => /^licen[cs]e\b/i.test(one));
	const text = file === undefined ? LICENSE_TEXTS[name] : readFileSync(join(folder, file), 'utf8');
	if (text === undefined)
		throw new Error(`Cannot bundle package "${name}": it has no file with its licence`);
	return `${name} ${version} (${license})\n\n${text.trim()}\n`;
}

/** @param {string} owners with the years */
function mit(owners) {
	return `MIT License

Copyright (c) ${owners}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;
}

import { spawnSync } from 'node:child_process';
import {
	chmodSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { programFile, projectFile } from '../kernel/files/project-file.ts';
import { tempFolder } from './cli.ts';
import { pythonWithClient, runPython } from './client-python.ts';

/**
 * The pages of docs/tutorials as a reader follows them, from top to bottom in one folder: files that the text names before a
 * block are written, commands are run as they stand. Links, file names and scenarios are held by docs.test.ts.
 */
const PAGES = readdirSync(projectFile('docs/tutorials')).filter((name) => name.endsWith('.md'));

/** Lines of text, which a screen has about this many of at 160 columns. */
const SCREEN_LINES = 70;

interface Block {
	readonly language: string;
	readonly text: string;
	/** The file that the text before it names last, where it says "In `file`:". */
	readonly file: string | null;
}

function read(page: string): string {
	return readFileSync(projectFile(`docs/tutorials/${page}`), 'utf8');
}

function blocksOf(page: string): Block[] {
	const text = read(page);
	return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map((found) => ({
		language: found[1] ?? '',
		text: found[2] ?? '',
		file: /\b[Ii]n `(?:\.\/)?([\w-]+\.\w+)`:\s*$/.exec(text.slice(0, found.index))?.[1] ?? null,
	}));
}

/** A folder as a reader has it: the examples, the package and the packages of the checkout, and `npx` for them. */
function readersFolder(): { readonly folder: string; readonly path: string } {
	const [folder, bin] = [tempFolder(), tempFolder()];
	symlinkSync(projectFile('examples'), join(folder, 'examples'));
	mkdirSync(join(folder, 'node_modules/@types'), { recursive: true });
	symlinkSync(projectFile('.'), join(folder, 'node_modules/gridbeat'));
	for (const name of ['zod', '@types/node', 'undici-types'])
		symlinkSync(projectFile(`node_modules/${name}`), join(folder, 'node_modules', name));
	writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
	const [node, program, tsc] = [
		process.execPath,
		programFile('cli/main'),
		projectFile('node_modules/typescript/bin/tsc'),
	];
	const script = `#!/bin/sh
case "$1" in
	gridbeat) shift; exec "${node}" "${program}" "$@" ;;
	tsc) shift; exec "${node}" "${tsc}" "$@" ;;
	*) echo "npx does not know $1 here" >&2; exit 1 ;;
esac
`;
	writeFileSync(join(bin, 'npx'), script);
	chmodSync(join(bin, 'npx'), 0o755);
	symlinkSync(node, join(bin, 'node'));
	return { folder, path: `${bin}${delimiter}${process.env['PATH'] ?? ''}` };
}

/** The folder has what these fetch. */
const INSTALLS = /^npm (init|install) /;

/** Two processes at a time, over memory, where a reader has as many as cores: the same results. */
function shortened(line: string): string {
	return line.replace(/^npx gridbeat run (?!.*--repeats)/, '$&--in-process ');
}

/** What a page shows has been printed, line by line. */
function holds(printed: string, shown: string): void {
	const lines = new Set(printed.split('\n'));
	for (const line of shown.trimEnd().split('\n'))
		assert.ok(lines.has(line), `no "${line}" in\n${printed}`);
}

for (const page of PAGES) {
	test(`docs/tutorials/${page} can be followed from top to bottom`, async () => {
		const { folder, path } = readersFolder();
		const env = Object.fromEntries(
			Object.entries(process.env).filter(([name]) => !/^(NATS_|GRIDBEAT_)/.test(name)),
		);
		const python = pythonWithClient();
		let commands = 0;
		let printed = '';
		for (const { language, text, file } of blocksOf(page)) {
			if (file !== null) writeFileSync(join(folder, file), text);
			else if (language === 'text') holds(printed, text);
			else assert.match(language, /^(sh|python)$/, `a block of ${language} without a file`);
			if (language === 'python') {
				if (python === null) continue;
				const { code, stderr } = await runPython(python, ['-c', text], { cwd: folder });
				assert.is(code, 0, `${text}\n${stderr}`);
			}
			if (language !== 'sh') continue;
			for (const line of text.trim().split('\n')) {
				if (INSTALLS.test(line)) continue;
				const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', shortened(line)], {
					...{ cwd: folder, encoding: 'utf8', timeout: 600_000 },
					env: { ...env, PATH: path },
				});
				assert.is(status, 0, `${line}\n${stderr}`);
				printed += stdout;
				commands++;
			}
		}
		assert.ok(commands >= 2, `${commands} commands`);
	});

	test(`docs/tutorials/${page} is one screen`, () => {
		const lines = read(page).trimEnd().split('\n');
		assert.ok(lines.length <= SCREEN_LINES, `${lines.length} lines`);
		const readme = readFileSync(projectFile('README.md'), 'utf8');
		assert.ok(readme.includes(`docs/tutorials/${page}`), 'README.md has no link to it');
	});
}

test.run();

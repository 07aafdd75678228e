import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { readFeed } from '../cli/record-command.ts';
import {
	SCENARIO_DOCS_COMMAND,
	SCENARIO_DOCS_FILE,
	scenarioDocs,
	VIDUR_ENERGY_FLAGS,
} from '../cli/scenario-docs.ts';
import { specialOverrides } from '../cli/special-flags.ts';
import { programFile, projectFile } from '../kernel/files/project-file.ts';
import { Scenario } from '../run/resolve/scenario.ts';
import { gridbeat, tempFolder } from './cli.ts';
import { WINGS } from './laws.ts';
import { inSlices } from './slices.ts';

const test = inSlices(6);

const MAIN = programFile('cli/main');

/** Pages that are followed from top to bottom in docs-tutorials.test.ts, where their commands find what those before them made. */
const TUTORIALS = readdirSync(projectFile('docs/tutorials')).map(
	(name) => `docs/tutorials/${name}`,
);

/** Pages whose commands, links and figures are held true. */
const PAGES = [
	...TUTORIALS,
	'README.md',
	'ARCHITECTURE.md',
	'CONTRIBUTING.md',
	'CHANGELOG.md',
	'clients/python/README.md',
	...['docs', 'deploy'].flatMap((folder) =>
		readdirSync(projectFile(folder))
			.filter((name) => name.endsWith('.md'))
			.map((name) => `${folder}/${name}`),
	),
];

/** Runs of the pages are cut to this length, so that all of them take seconds. */
const SHORT = '10min';

interface Command {
	readonly page: string;
	readonly text: string;
	/** Its words, without variables set before it and without a comment behind it. */
	readonly words: readonly string[];
}

function read(page: string): string {
	return readFileSync(projectFile(page), 'utf8');
}

/** The fenced blocks of a page that are in `language`. */
function blocks(page: string, language: string): string[] {
	const all = read(page).matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm);
	return [...all].filter((found) => found[1] === language).map((found) => found[2] as string);
}

/** The words of a line of shell with plain and quoted parts; a comment ends it. */
function wordsOf(line: string): string[] {
	const words: string[] = [];
	for (const [part] of line.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)) {
		if (part.startsWith('#')) break;
		words.push(part.replaceAll(/"([^"]*)"|'([^']*)'/g, '$1$2'));
	}
	while (/^[A-Z_]+=/.test(words[0] ?? '')) words.shift();
	return words;
}

function commandsOf(page: string): Command[] {
	return blocks(page, 'sh')
		.flatMap((block) => block.replaceAll('\\\n', ' ').split('\n'))
		.map((text) => ({ page, text: text.trim(), words: wordsOf(text) }))
		.filter(({ words }) => words.length > 0);
}

const COMMANDS = PAGES.filter((page) => !TUTORIALS.includes(page)).flatMap(commandsOf);

/** Options that keep a run of the pages short and away from runs/. */
function shortOptions(): string[] {
	return ['--until', SHORT, '--out', join(tempFolder(), 'run')];
}

async function succeeds(args: readonly string[], command: Command): Promise<void> {
	const { code, stderr } = await gridbeat(args);
	assert.is(code, 0, `${command.page}: ${command.text}\n${args.join(' ')}\n${stderr}`);
}

function make(args: readonly string[], command: Command): void {
	const { status, stderr } = spawnSync('make', args, { cwd: projectFile('.'), encoding: 'utf8' });
	assert.is(status, 0, `${command.page}: ${command.text}\nmake ${args.join(' ')}\n${stderr}`);
}

/** A built script stands in the source with the same path, whatever folder the page builds into. */
function hasSource(script: string): boolean {
	return existsSync(
		projectFile(script.replace(/^(dist(\/program)?|\.build\/\w+)\//, '').replace(/\.js$/, '.ts')),
	);
}

const SYNTHETIC = /^npx gridbeat weather synthetic\b/;
const WEATHER_FILE = join(tempFolder(), 'sf.csv');

/** How a command of the pages is checked; `weaker` says why it is not simply run. */
interface Rule {
	readonly pattern: RegExp;
	readonly weaker: string | null;
	check(command: Command): Promise<void> | void;
}

/** The flag of `energy` and of `cosim` that names a results folder of Vidur. */
const RESULTS_FLAG = /^--(sim-results|vidur-sim)-dir$/;

const RULES: readonly Rule[] = [
	{
		pattern: /^make cosim\b/,
		weaker: null,
		check(command) {
			const given = command.words.find((word) => word.startsWith('ARGS='))?.slice(5) ?? '';
			const others = command.words.slice(1).filter((word) => !word.startsWith('ARGS='));
			// The first has a process for every actor, as who types it; to the others that adds nothing.
			const isFirst = command === COMMANDS.find(({ text }) => text.startsWith('make cosim'));
			const options = [...shortOptions(), ...(isFirst ? [] : ['--processes', '2'])];
			const args = `ARGS=${given} ${options.join(' ')}`;
			// What the build would make is there already, elsewhere.
			make(['-o', 'dist', ...others, args, `GRIDBEAT=${process.execPath} ${MAIN}`], command);
		},
	},
	{
		pattern: /^make (test(-unit|-runs|-machines)?|check|lint|bench)$/,
		weaker: 'takes minutes, or runs this test again: make -n',
		check: (command) => make(['-n', ...command.words.slice(1)], command),
	},
	{
		pattern: /^make (worker|up|scale|down|nats|dist|dashboard)\b/,
		weaker: 'needs another machine, Docker or the network, builds, or serves on: make -n',
		check: (command) => make(['-n', ...command.words.slice(1)], command),
	},
	{
		pattern: SYNTHETIC,
		weaker: null,
		check(command) {
			const words = command.words.slice(2);
			words[words.indexOf('--out') + 1] = WEATHER_FILE;
			return succeeds(words, command);
		},
	},
	{
		pattern: /^npx gridbeat weather inspect\b|^npx gridbeat run --weather\b/,
		weaker: null,
		async check(command) {
			// The pages write this file and then read it; a slice of the tests may have the second alone.
			if (!existsSync(WEATHER_FILE)) {
				const written = COMMANDS.find(({ text }) => SYNTHETIC.test(text)) as Command;
				await RULES.find(({ pattern }) => pattern === SYNTHETIC)?.check(written);
			}
			const words = command.words
				.slice(2)
				.map((word) => (word === 'sf.csv' ? WEATHER_FILE : word))
				.map((word) => (word === 'sf.html' ? join(tempFolder(), word) : word));
			const short = words[0] === 'run' ? [...shortOptions(), '--in-process'] : [];
			await succeeds([...words, ...short], command);
		},
	},
	{
		pattern: /^npx gridbeat calibrate\b/,
		weaker: null,
		check(command) {
			const folder = tempFolder();
			const files: Readonly<Record<string, string>> = {
				'bench.json': JSON.stringify({
					...{ input_lens: [300, 200, 500, 300], output_lens: [8, 20, 12, 10] },
					...{ ttfts: [0.09, 0.08, 0.12, 0.09], start_times: [0, 1, 2, 3] },
					itls: [8, 20, 12, 10].map((count) => Array.from({ length: count - 1 }, () => 0.019)),
				}),
				'power.csv': ['timestamp, power.draw [W]']
					.concat(Array.from({ length: 9 }, (_, i) => `2026/03/04 12:00:0${i}, ${100 + i} W`))
					.join('\n'),
				'my-server.yaml': 'serving: { replicas: 1 }\n',
			};
			for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
			const words = command.words
				.slice(2)
				.map((word) => (/\.(json|csv|yaml)$/.test(word) ? join(folder, word) : word));
			return succeeds(words, command);
		},
	},
	{
		pattern: /^npx gridbeat (init|ls|clean)\b/,
		weaker: null,
		check({ words, ...command }) {
			const out = words[2] === 'init' ? ['--out', join(tempFolder(), 'begun.yaml')] : [];
			return succeeds([...words.slice(2), ...out], { words, ...command });
		},
	},
	{
		pattern: /^source <\(npx gridbeat completion bash\)$/,
		weaker: null,
		check: (command) => succeeds(['completion', 'bash'], command),
	},
	{
		pattern: /^npx gridbeat open RUN$/,
		weaker: 'needs a run and a browser, which made.test.ts has: its words are understood',
		async check({ words, text }) {
			const { code, stderr } = await gridbeat(words.slice(2));
			assert.is(code, 2, text);
			assert.match(stderr, /^Cannot take "RUN": /, text);
		},
	},
	{
		pattern: /^npx gridbeat serve$/,
		weaker: 'serves until it is ended, as in serve.test.ts: its help',
		check: (command) => succeeds([...command.words.slice(2), '--help'], command),
	},
	{
		pattern: /^npx gridbeat run (.*--serve|examples\/live-carbon)/,
		weaker:
			'takes as long as it simulates; served in prometheus.test.ts, fed in live-feeds.test.ts: --dry-run',
		check: (command) => succeeds([...command.words.slice(2), '--dry-run'], command),
	},
	{
		pattern: /^nats-server -c nats\/|^npx gridbeat (run|worker) --nats-context nats\//,
		weaker: 'needs the folder that the command before them makes: theirs are understood up to that',
		async check({ words, text }) {
			if (words[0] !== 'npx') return;
			const { code, stderr } = await gridbeat(words.slice(2));
			assert.is(code, 2, text);
			assert.match(
				stderr,
				/^Cannot use the NATS context "nats\/\w+\.json": there is no such file/,
				text,
			);
		},
	},
	{
		pattern: /^npx gridbeat run examples\/python\//,
		weaker: 'waits for a process in Python, which python-client.test.ts starts: --dry-run',
		check: (command) => succeeds([...command.words.slice(2), '--dry-run'], command),
	},
	{
		pattern: /^(python|pip install|cd clients\/python) /,
		weaker: 'needs Python, which python-client.test.ts has: what it names is there',
		check({ text, words }) {
			const paths = words.filter((word) => /^(\.\/)?(clients|examples)\//.test(word));
			for (const path of paths) assert.ok(existsSync(projectFile(path.replace(/\[.*/, ''))), text);
			const module = words[words.indexOf('-m') + 1] ?? '';
			if (module.startsWith('gridbeat.'))
				assert.ok(
					existsSync(projectFile(`clients/python/src/${module.replace('.', '/')}.py`)),
					text,
				);
		},
	},
	{
		pattern: /^npx gridbeat run .*--(log|trace) /,
		weaker: null,
		check({ words, ...command }) {
			const moved = words.map((word, i) =>
				/^--(log|trace)$/.test(words[i - 1] ?? '') && word !== '-'
					? join(tempFolder(), word)
					: word,
			);
			const args = [...moved.slice(2), ...shortOptions(), '--in-process'];
			return succeeds(args, { words, ...command });
		},
	},
	{
		pattern: /^npx gridbeat run .*--external/,
		weaker: 'waits for workers: --dry-run',
		check: (command) => succeeds([...command.words.slice(2), '--dry-run'], command),
	},
	{
		pattern: /^npx gridbeat run .*--carbon (uk|electricitymaps)/,
		weaker: 'asks a feed in the network: the value is parsed, and the run takes a constant',
		async check(command) {
			const words = command.words.slice(2);
			const at = words.indexOf('--carbon') + 1;
			const carbon = specialOverrides({ carbon: words[at] }).get('carbon');
			assert.ok(Scenario.safeParse({ carbon }).success, command.text);
			words[at] = 'constant:300';
			await succeeds([...words, ...shortOptions(), '--in-process'], command);
		},
	},
	{
		pattern: /^npx gridbeat run .*--dry-run/,
		weaker: null,
		check: (command) => succeeds(command.words.slice(2), command),
	},
	{
		pattern: /^npx gridbeat run\b/,
		weaker: null,
		check: (command) =>
			succeeds([...command.words.slice(2), ...shortOptions(), '--in-process'], command),
	},
	{
		pattern: /^npx gridbeat vidur\b/,
		weaker: null,
		check: (command) =>
			succeeds(
				[...command.words.slice(2), '--metrics_config_output_dir', join(tempFolder(), 'vidur')],
				command,
			),
	},
	{
		pattern: /^npx gridbeat sweep examples\/experiments\//,
		weaker: 'takes a minute: with few requests',
		check(command) {
			const short = ['--limit', '16', '--out', join(tempFolder(), 'study')];
			return succeeds([...command.words.slice(2), ...short], command);
		},
	},
	{
		pattern: /^npx gridbeat (sweep|capacity)\b/,
		weaker: null,
		check: (command) =>
			succeeds([...command.words.slice(2), '--out', join(tempFolder(), 'study')], command),
	},
	{
		pattern: /^npx gridbeat (energy|cosim)\b/,
		weaker: null,
		async check(command) {
			const out = tempFolder();
			const small = ['--synthetic_request_generator_config_num_requests', '4'];
			await succeeds(['vidur', ...small, '--metrics_config_output_dir', out], command);
			const words = command.words.slice(2);
			words[words.findIndex((word) => RESULTS_FLAG.test(word)) + 1] = join(
				out,
				readdirSync(out)[0] ?? '',
			);
			await succeeds(words, command);
		},
	},
	{
		pattern: /^npx gridbeat (control|status|worker|scale|command|event|listen) (.* )?RUN\b/,
		weaker: 'needs a run that goes on, which control.test.ts has: its words are understood',
		async check({ words, text }) {
			const { code, stderr } = await gridbeat(words.slice(2));
			assert.is(code, 2, text);
			assert.match(stderr, /^Cannot reach the run "RUN": no run of this name goes on here/, text);
		},
	},
	{
		pattern: /^npx gridbeat record\b/,
		weaker: 'asks a feed in the network, as record.test.ts does of its own: it is understood',
		check: ({ words }) => void readFeed(words[3] ?? ''),
	},
	{
		pattern: /^npx gridbeat backfill\b/,
		weaker: 'asks a feed in the network, as backfill.test.ts does of its own: with a span to come',
		async check({ words, text }) {
			const args = words.slice(2);
			args[args.indexOf('--from') + 1] = '2999-01-01';
			const { code, stderr } = await gridbeat(args);
			assert.is(code, 2, text);
			assert.match(stderr, /: the span is empty; what is to come cannot be fetched$/m, text);
		},
	},
	{
		pattern: /^npx gridbeat nats-config\b/,
		weaker: null,
		check(command) {
			const words = command.words.slice(2);
			words[words.indexOf('--out') + 1] = join(tempFolder(), 'nats');
			return succeeds(words, command);
		},
	},
	{
		pattern: /^npx gridbeat replay RUN\b/,
		weaker:
			'needs a run that heard something, which steered-faults.test.ts has: its words are understood',
		async check({ words, text }) {
			const { code, stderr } = await gridbeat(words.slice(2));
			assert.is(code, 2, text);
			assert.match(stderr, /RUN/, text);
		},
	},
	{
		pattern: /^npx gridbeat resume runs\/RUN\b/,
		weaker: 'needs a run that was interrupted, which kills.test.ts has: its words are understood',
		async check({ words, text }) {
			const { code, stderr } = await gridbeat(words.slice(2));
			assert.is(code, 2, text);
			assert.match(stderr, /^Cannot go on with ".*RUN": it has no resume\.json/, text);
		},
	},
	{
		pattern: /^npx gridbeat top$/,
		weaker: 'shows a run that goes on, and there is none: it is known',
		check: (command) => succeeds([...command.words.slice(2), '--help'], command),
	},
	{
		pattern: /^npx gridbeat worker\b/,
		weaker: 'needs a server and a run, which hosts.test.ts has: all but the server is understood',
		async check({ words, text }) {
			const nobody = 'nats://127.0.0.1:1';
			const own = words.slice(2).filter((word) => !/^(--nats|nats:\/\/host:4222)$/.test(word));
			const { code, stderr } = await gridbeat([...own, '--nats', nobody]);
			assert.is(code, 2, text);
			assert.match(stderr, /^Cannot reach the NATS server at "nats:\/\/127.0.0.1:1"/, text);
		},
	},
	{
		pattern: /^npx gridbeat export\b/,
		weaker: 'its run is that of the command before it: a short one of ours',
		async check(command) {
			const folder = tempFolder();
			const run = ['run', '--until', SHORT, '--in-process', '--no-serving', '--load', '100'];
			await succeeds([...run, '--out', join(folder, 'run')], command);
			const format = /--p\w+/.exec(command.text)?.[0] ?? '';
			await succeeds(['export', join(folder, 'run'), format, '--out', folder], command);
		},
	},
	{
		pattern: /^npx gridbeat compare \.build\/caps\b/,
		weaker: 'its folder is of the command before it: of one of ours',
		async check(command) {
			const folder = join(tempFolder(), 'caps');
			const run = ['run', '--until', SHORT, '--no-serving', '--vary', 'load=100,200'];
			await succeeds([...run, '--out', folder], command);
			await succeeds(['compare', folder, ...command.words.slice(4)], command);
		},
	},
	{
		pattern: /^npx gridbeat compare\b/,
		weaker: 'its runs are those of the commands before it: two short ones of ours',
		async check(command) {
			const folder = tempFolder();
			for (const seed of ['1', '2'])
				await succeeds(
					[
						...['run', '--until', SHORT, '--in-process', '--no-serving', '--load', `${seed}00`],
						...['--out', join(folder, seed)],
					],
					command,
				);
			const options = command.words.slice(3).filter((word) => !word.startsWith('.build/'));
			const page = options.includes('--html') ? [join(folder, 'page.html')] : [];
			await succeeds(
				['compare', join(folder, '1'), join(folder, '2'), ...options, ...page],
				command,
			);
		},
	},
	{
		pattern: /^npx gridbeat experiments .*--markdown/,
		weaker: 'takes minutes and writes docs/: without the file, few rows',
		check({ words, ...command }) {
			const args = words.slice(2, words.indexOf('--markdown'));
			return succeeds([...args, '--model', 'phi-2', '--max-requests', '256'], {
				words,
				...command,
			});
		},
	},
	{
		pattern: /^npx gridbeat experiments\b/,
		weaker: 'takes half a minute: small rows only',
		check: (command) => succeeds([...command.words.slice(2), '--max-requests', '1024'], command),
	},
	{
		pattern: /^npx gridbeat truth\b/,
		weaker:
			'takes minutes and writes docs/: without the file, few runs, which tests/truth.test.ts judges',
		check: (command) =>
			succeeds(
				['truth', 'vidur', '--quick', '--jobs', '1', '--out', join(tempFolder(), 'truth')],
				command,
			),
	},
	{
		pattern: /^npx gridbeat (validate|schema)\b/,
		weaker: null,
		check: (command) => succeeds(command.words.slice(2), command),
	},
	{
		pattern: /^npx biome check --write /,
		weaker: 'would change the checkout: its folders are there',
		check({ words }) {
			for (const folder of words.slice(4)) assert.ok(existsSync(projectFile(folder)), folder);
		},
	},
	{
		pattern: /^node dist\/tests\/run-tests\.js /,
		weaker: 'runs tests in a test: such tests are there',
		check({ text, words }) {
			const names = readdirSync(projectFile('.'), { recursive: true, encoding: 'utf8' });
			const tests = names.filter((name) =>
				/^(?!node_modules|dist|\.)[\w-]+\/.*\.test\.ts$/.test(name),
			);
			for (const part of words.slice(2))
				assert.ok(
					tests.some((name) => name.includes(part)),
					text,
				);
		},
	},
	{
		pattern: /^vessim view (runs(\/two-sites\/sites)?|sweeps)$/,
		weaker: "the viewer is Vessim's, which vessim-viewer.test.ts asks for the runs of a folder",
		check: ({ words }) => assert.is(words.length, 3),
	},
	{
		pattern: /^(npx tsc --outDir \S+ && )?node (dist|\.build\/\w+)\/\S+\.js\b/,
		weaker: 'needs raw data that the project does not have, or writes docs/: its source is there',
		check({ text, words }) {
			const script = words.find((word) => word.endsWith('.js')) ?? '';
			assert.ok(hasSource(script), `${text}: no source of ${script}`);
		},
	},
];

test('every command in the pages is known here', () => {
	assert.ok(COMMANDS.length >= 20, `only ${COMMANDS.length} commands`);
	for (const { page, text, words } of COMMANDS) {
		const line = words.join(' ');
		assert.ok(
			RULES.some(({ pattern }) => pattern.test(line)),
			`${page}: "${text}" is checked by no rule; add one to docs.test.ts`,
		);
	}
});

const seen = new Set<string>();
for (const command of COMMANDS) {
	const line = command.words.join(' ');
	const rule = RULES.find(({ pattern }) => pattern.test(line));
	if (rule === undefined || seen.has(line)) continue;
	seen.add(line);
	const how = rule.weaker === null ? 'works' : `(${rule.weaker})`;
	test(`${command.page}: ${line} ${how}`, () => rule.check(command));
}

test('every scenario in the pages is valid', () => {
	const texts = PAGES.flatMap((page) => blocks(page, 'yaml').map((text) => ({ page, text })));
	assert.ok(texts.length > 0);
	for (const { page, text } of texts) {
		const { error } = Scenario.safeParse(parse(text));
		assert.is(error, undefined, `${page}:\n${text}\n${error?.message}`);
	}
});

/** The anchors that a page's headings make. */
function anchorsOf(page: string): string[] {
	const headings = [...read(page).matchAll(/^#+ (.+)$/gm)].map((found) => found[1] as string);
	return headings.map((text) =>
		text
			.toLowerCase()
			.replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
			.replaceAll(/\s/g, '-'),
	);
}

test('every link in the pages leads to a file and a heading', () => {
	for (const page of PAGES) {
		const text = read(page).replaceAll(/^```[\s\S]*?^```$/gm, '');
		const links = [...text.matchAll(/\]\(([^)\s]+)\)|(?:src|srcset)="([^"]+)"/g)];
		for (const [, link, source] of links) {
			const target = link ?? source ?? '';
			if (/^https?:/.test(target)) continue;
			const [path, anchor] = target.split('#') as [string, string | undefined];
			const file = path === '' ? page : join(dirname(page), path);
			assert.ok(existsSync(projectFile(file)), `${page}: no file for "${target}"`);
			if (anchor !== undefined)
				assert.ok(anchorsOf(file).includes(anchor), `${page}: no heading for "${target}"`);
		}
	}
});

test('every file that the pages name is there', () => {
	const named = new RegExp(
		`\`((?:${[...WINGS.flat(), 'lint'].join('|')})/[\\w/.-]+\\.\\w+)\``,
		'g',
	);
	for (const page of PAGES) {
		for (const [, path] of read(page).matchAll(named))
			assert.ok(existsSync(projectFile(path as string)), `${page}: no file "${path}"`);
	}
});

test('mermaid blocks have a kind and edges', () => {
	const diagrams = PAGES.flatMap((page) => blocks(page, 'mermaid'));
	assert.ok(diagrams.length >= 2);
	for (const text of diagrams) assert.match(text, /^(flowchart|sequenceDiagram)[\s\S]*-->/);
});

test('docs/scenario.md is what scenarioDocs() makes', () => {
	const isCurrent = read(SCENARIO_DOCS_FILE) === scenarioDocs();
	assert.ok(
		isCurrent,
		`${SCENARIO_DOCS_FILE} is out of date: make dist && ${SCENARIO_DOCS_COMMAND}`,
	);
});

test('VIDUR_ENERGY_FLAGS names all 14, and says which of them gridbeat takes', async () => {
	assert.is(VIDUR_ENERGY_FLAGS.length, 14);
	const values: Readonly<Record<string, string>> = {
		'--location': 'Berlin',
		'--battery-initial-soc': '0.5',
		'--battery-min-soc': '0.2',
	};
	const isSwitch = (flag: string) => /metrics|analysis|interpolate/.test(flag);
	const taken = VIDUR_ENERGY_FLAGS.filter(([, here]) => here !== '').map(([, here]) => here);
	const args = taken.flatMap((flag) => (isSwitch(flag) ? [flag] : [flag, values[flag] ?? '60']));
	const { code, stderr } = await gridbeat(['run', '--dry-run', ...args]);
	assert.is(code, 0, stderr);
	for (const [flag, here] of VIDUR_ENERGY_FLAGS) {
		if (here !== '') continue;
		const refused = await gridbeat(['run', '--dry-run', flag, '1']);
		assert.match(refused.stderr, `unknown option '${flag}'`);
	}
});

test('README.md shows the closing table of the default run, and docs/results.md its columns', async () => {
	const folder = join(tempFolder(), 'run');
	const { code, stdout, stderr } = await gridbeat(['run', '--in-process', '--out', folder]);
	assert.is(code, 0, stderr);
	const whole = (await gridbeat(['report', folder])).stdout;
	const [shown = ''] = blocks('README.md', 'text');
	// A terminal of 80 columns breaks no row of the figures.
	const table = stdout.slice(stdout.indexOf('\nIn brief\n'), stdout.indexOf('\nReport: '));
	assert.equal(
		`${table}\n${whole}`.split('\n').filter((line) => line.length > 80),
		[],
	);
	assert.ok(table.split('\n').length <= 16 && whole.length > 2000, table);
	const printed = new Set(stdout.split('\n'));
	for (const line of shown.split('\n').filter((text) => text !== '' && text !== '  …'))
		assert.ok(printed.has(line), `README.md shows "${line}", which the default run does not print`);
	const results = read('docs/results.md');
	for (const name of ['timeseries', 'request_metrics', 'usage', 'weather']) {
		const [header = ''] = readFileSync(join(folder, `${name}.csv`), 'utf8').split('\n', 1);
		for (const column of header.split(',')) {
			const documented = column
				.replace(/^actor_states\.[\w-]+/, 'actor_states.<name>')
				.replace(/^dispatch_states\.[\w-]+/, 'dispatch_states.<battery>');
			const base = documented.replace(/_normalized$/, '');
			const isThere = results.includes(`\`${documented}\``) || results.includes(`\`${base}\``);
			assert.ok(isThere, `docs/results.md does not explain "${column}" of ${name}.csv`);
		}
	}
});

test.run();

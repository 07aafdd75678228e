import { spawnSync } from 'node:child_process';
import {
	chmodSync,
	cpSync,
	existsSync,
	mkdirSync,
	readFileSync,
	utimesSync,
	writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { TEMPLATES } from '../cli/init-templates.ts';
import { lockFolder } from '../kernel/files/folder-lock.ts';
import { programFile } from '../kernel/files/project-file.ts';
import { eventually, gridbeat, tempFolder } from './cli.ts';
import { printed } from './printed.test-support.ts';

/** Runs as things: `gridbeat ls`, `open`, `clean` and `init`. */
const SHORT = ['--no-serving', '--load', '100', '--in-process', '--until', '10min'];
const folder = tempFolder();
const runs = join(folder, 'runs');
const at = (name: string) => join(runs, name);

interface Listed {
	readonly made: readonly {
		readonly name: string;
		readonly kind: string;
		readonly status: string;
		readonly place: string;
		readonly headline: string;
		readonly reason: string | null;
		readonly bytes: number;
		readonly simulatedS: number;
	}[];
	readonly more: number;
}
const listed = async (...words: string[]): Promise<Listed> =>
	printed('ls', (await gridbeat(['ls', runs, '--json', ...words])).stdout);
const namesOf = ({ made }: Listed) => made.map(({ name }) => name);

test('a folder of runs, repeats, studies and other things is made', async () => {
	for (const [name, words] of Object.entries({
		one: ['--location', 'Berlin'],
		two: [],
		three: ['--repeats', '2', '--jobs', '1'],
	}))
		assert.is((await gridbeat(['run', ...SHORT, ...words, '--out', at(name)])).code, 0);
	const sweep = join(folder, 'sweep.yaml');
	writeFileSync(
		sweep,
		'name: small\nbase: { serving: null, loads: [{ type: constant, name: base, powerW: 100 }], until: 10min }\ngrid: { step: [60s, 300s] }\n',
	);
	const { code, stderr } = await gridbeat(['sweep', sweep, '--jobs', '1', '--out', at('four')]);
	assert.is(code, 0, stderr);
	// As an interrupted study leaves it.
	mkdirSync(join(at('five'), 'jobs'), { recursive: true });
	cpSync(join(at('four'), 'jobs'), join(at('five'), 'jobs'), { recursive: true });
	// What somebody wrote: no results.
	mkdirSync(at('mine'));
	cpSync(sweep, join(at('mine'), 'sweep.yaml'));
	cpSync(sweep, join(at('mine'), 'metadata.yaml'));
	mkdirSync(join(at('other'), 'jobs'), { recursive: true });
	writeFileSync(join(at('other'), 'jobs', 'mine.json'), '{}');
	// A run whose metadata nobody can read.
	cpSync(at('two'), at('six'), { recursive: true });
	writeFileSync(join(at('six'), 'metadata.yaml'), 'gridbeat: { format: 99 }\n');
	['one', 'two', 'three', 'four', 'five', 'six'].forEach((name, i) => {
		const file = { three: 'repeats.yaml', four: 'sweep.yaml', five: 'jobs' }[name];
		utimesSync(join(at(name), file ?? 'metadata.yaml'), 1e9 + i, 1e9 + i);
	});
});

test('ls lists what is there with place, status, size and headline, the newest first', async () => {
	const all = await listed();
	assert.equal(namesOf(all), ['six', 'five', 'four', 'three', 'two', 'one']);
	assert.equal(
		all.made.map(({ kind, status }) => `${kind} ${status}`),
		[
			'run unreadable',
			'study incomplete',
			'sweep complete',
			'repeats complete',
			'run complete',
			'run complete',
		],
	);
	const [six, five, four, three, , one] = all.made;
	assert.match(six?.reason ?? '', 'metadata.yaml');
	assert.is(five?.headline, '2 jobs done');
	assert.is(four?.headline, '2 points, 2 runs');
	assert.match(three?.headline ?? '', /^2 repeats · 0\.01667 kWh · /);
	assert.is(one?.place, 'Berlin');
	assert.is(one?.simulatedS, 600);
	assert.match(one?.headline ?? '', /^0\.01667 kWh · .* kWh imported · .* CO2eq/);
	const metadata = join(at('one'), 'metadata.yaml');
	const du = spawnSync('find', [at('one'), '-type', 'f', '-printf', '%s\n'], { encoding: 'utf8' });
	const bytes = du.stdout
		.trim()
		.split('\n')
		.reduce((sum, size) => sum + Number(size), 0);
	assert.is(one?.bytes, bytes);
	assert.ok(bytes > readFileSync(metadata).length);
});

test('ls takes the newest of a number or of a status, and fits 80 columns', async () => {
	const few = await listed('--limit', '2');
	assert.equal([namesOf(few), few.more], [['six', 'five'], 4]);
	assert.equal(namesOf(await listed('--status', 'unreadable', 'incomplete')), ['six', 'five']);
	assert.equal(namesOf(await listed('--status', 'complete', '--limit', '1')), ['four']);
	const { stdout } = await gridbeat(['ls', runs, '--limit', '5']);
	assert.match(
		stdout,
		/^\d{4}-\d\d-\d\d \d\d:\d\d {2}complete +\d+ kB {2}.*two\n {4}San Francisco · 10 min · /m,
	);
	assert.match(stdout, /\nand 1 more: --all\n$/);
	for (const line of stdout.split('\n').filter((text) => text.startsWith('    ')))
		assert.ok(line.length <= 80, line);
	assert.match((await gridbeat(['ls', at('mine')])).stdout, /^Nothing is in /);
	for (const [words, reason] of [
		[['--status', 'complet'], 'Cannot use --status "complet": did you mean "complete"? give '],
		[['--limit', '0'], 'Cannot use --limit "0": give a whole number from 1 on'],
	] as const) {
		const { code, stderr } = await gridbeat(['ls', runs, ...words]);
		assert.is(code, 2);
		assert.ok(stderr.startsWith(reason), stderr);
	}
	assert.is((await gridbeat(['ls', at('nothing')])).code, 2);
});

/** `open` and places by default are those of the current folder. */
const here = (words: readonly string[], env: NodeJS.ProcessEnv = {}) =>
	spawnSync(process.execPath, [programFile('cli/main'), ...words], {
		cwd: folder,
		encoding: 'utf8',
		env: { ...process.env, ...env },
	});

test('open starts the browser with the page of a run, by folder, name, its beginning, or the newest', async () => {
	const seen = join(folder, 'seen');
	const browser = join(folder, 'browser');
	writeFileSync(browser, `#!/bin/sh\necho "$1" >> ${seen}\n`);
	chmodSync(browser, 0o755);
	const page = join(at('one'), 'report.html');
	for (const name of ['runs/one', 'one', 'on', at('one')]) {
		const { status, stdout, stderr } = here(['open', name], { BROWSER: browser });
		assert.equal([status, stdout], [0, `${page}\n`], stderr);
	}
	const lines = await eventually('the browser', () => {
		const text = existsSync(seen) ? readFileSync(seen, 'utf8').trim().split('\n') : [];
		return text.length === 4 ? text : null;
	});
	assert.ok(lines.every((line) => line === page));
	// The newest one, which an interrupted study left without a page.
	utimesSync(join(at('four'), 'sweep.yaml'), 2e9, 2e9);
	assert.is(here(['open', '--print']).stdout, `${join(at('four'), 'index.html')}\n`);
	for (const [name, reason] of [
		['five', 'Cannot open "runs/five": it has no page yet; gridbeat report runs/five writes one'],
		['t', 'Cannot take "t": 2 begin so: runs/'],
		['onne', 'did you mean one?'],
		['runs', 'Cannot take "runs": it is no folder of a run or study'],
	] as const) {
		const { status, stderr } = here(['open', name, '--print']);
		assert.is(status, 2);
		assert.match(stderr, reason);
	}
	const { status, stderr } = here(['open', 'one'], { BROWSER: join(folder, 'none') });
	assert.is(status, 1);
	assert.match(stderr, /^Cannot start ".*none": .*; open the page by its path, or set BROWSER\n$/);
});

test('clean says what it would remove, and removes it with --yes, never what goes on or is no result', async () => {
	const chosen = async (...words: string[]) => {
		const { stdout, stderr } = await gridbeat(['clean', ...words, '--json']);
		const { chosen: paths, removed } = printed('clean', stdout);
		return { names: (paths as string[]).map((path) => path.split('/').at(-1)), removed, stderr };
	};
	assert.is((await gridbeat(['clean', runs])).code, 2);
	assert.equal((await chosen(runs, '--keep', '4')).names, ['two', 'one']);
	assert.equal((await chosen(runs, '--status', 'incomplete,unreadable')).names, ['six', 'five']);
	assert.equal(
		(await chosen(runs, '--older-than', '1h')).names,
		['four', 'six', 'five', 'three'].filter((name) => name !== 'four'),
	);
	assert.equal((await chosen(at('one'))).names, ['one']);
	assert.equal((await chosen(at('mine'), '--keep', '0')).names, []);
	const text = (await gridbeat(['clean', at('one')])).stdout;
	assert.match(text, /\nWould remove 1 of 1, \d+ kB: --yes does it\n$/);
	assert.ok(existsSync(at('one')));

	const lock = lockFolder(at('one'), 'run one');
	const held = await chosen(at('one'), at('two'), '--yes');
	assert.equal([held.names, held.removed], [['two'], true]);
	assert.match(held.stderr, /one goes on: it stays\n$/);
	assert.ok(existsSync(at('one')) && !existsSync(at('two')));
	lock.release();
	assert.match(
		(await gridbeat(['clean', runs, '--keep', '0', '--yes'])).stdout,
		/\nRemoved 5 of 5, /,
	);
	assert.equal(namesOf(await listed()), []);
	assert.ok(existsSync(join(at('mine'), 'sweep.yaml')) && existsSync(at('other')));
});

for (const [purpose, { command }] of Object.entries(TEMPLATES))
	test(`init ${purpose} writes a file with comments for a place that gridbeat ${command} takes`, async () => {
		const path = join(folder, `begun-${purpose}.yaml`);
		const { code, stdout, stderr } = await gridbeat([
			...['init', purpose, '--location', 'Berlin', '--out', path],
		]);
		assert.is(code, 0, stderr);
		assert.is(stdout, `Wrote ${path}; run it: gridbeat ${command} ${path}\n`);
		const text = readFileSync(path, 'utf8');
		assert.match(text, /^ *location: Berlin$/m);
		assert.match(text, /^# .*[?.]/);
		if (command !== 'run') return;
		const ran = await gridbeat([
			...[
				'run',
				path,
				'--until',
				'10min',
				'--in-process',
				'--out',
				join(folder, `begun-${purpose}`),
			],
		]);
		assert.is(ran.code, 0, ran.stderr);
	});

test('init takes coordinates, and writes over nothing and nothing that does not run', async () => {
	const path = join(folder, 'place.yaml');
	const place = ['--location', 'Cabin', '--latitude', '61.5', '--longitude', '8.3'];
	const init = (...words: string[]) => gridbeat(['init', 'battery', '--out', path, ...words]);
	assert.match((await init(...place)).stderr, /^Cannot use coordinates \(.*\): give all of /);
	assert.match((await init('--location', 'Nowhere at all')).stderr, /Nowhere at all/);
	assert.not(existsSync(path));
	assert.is((await init(...place, '--timezone', 'Europe/Oslo', '--grid-zone', 'NO')).code, 0);
	assert.match(readFileSync(path, 'utf8'), /^location:\n {2}name: Cabin\n {2}latitude: 61.5\n/m);
	assert.match(
		(await init()).stderr,
		/^Cannot write ".*": it is there; give --overwrite or --out\n$/,
	);
	assert.is((await init('--overwrite')).code, 0);
	const unknown = await gridbeat(['init', 'flet']);
	assert.is(unknown.code, 2);
	assert.match(unknown.stderr, /^Cannot begin a scenario for "flet": did you mean "fleet"\? give /);
});

test.run();

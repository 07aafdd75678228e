import { spawn } from 'node:child_process';
import {
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { parse } from 'yaml';
import { RUN_LOCK } from '../kernel/files/folder-lock.ts';
import { programFile } from '../kernel/files/project-file.ts';
import { eventually, gridbeat, type RunningCli, startGridbeat, tempFolder } from './cli.ts';
import { inSlices } from './slices.ts';

const test = inSlices(2);

/** Who may write a run folder, where its files go, and what is left of a run that did not come to its end. */
const SMALL = ['--no-serving', '--in-process', '--carbon', 'constant:400', '--cap', 'none'];
const DAY = [...SMALL, '--until', '24h'];
/** A day in two minutes. */
const SLOW = [...DAY, '--pace', '720'];
const MAIN = programFile('cli/main');

const newOut = () => join(tempFolder(), 'run');
const textOf = (folder: string, name = 'timeseries.csv') =>
	readFileSync(join(folder, name), 'utf8');
const rowsIn = (folder: string) => textOf(folder).trimEnd().split('\n').length - 1;
const oursIn = (folder: string) => parse(textOf(folder, 'metadata.yaml')).gridbeat;

async function startSlow(folder: string, more: readonly string[] = []): Promise<RunningCli> {
	const cli = startGridbeat(['run', ...SLOW, ...more, '--out', folder]);
	await eventually('rows of a run', () =>
		existsSync(join(folder, 'timeseries.csv')) && rowsIn(folder) > 3 ? true : null,
	);
	return cli;
}

function assertOneLine(text: string, pattern: RegExp): void {
	assert.match(text, pattern);
	assert.is(text.trimEnd().split('\n').length, 1, text);
}

let whole: string;
test.before(async () => {
	whole = newOut();
	const { code, stderr } = await gridbeat(['run', ...DAY, '--out', whole]);
	assert.is(code, 0, stderr);
});

/** All tables end where metadata.yaml says, as the undisturbed run has them; nothing else is left of the run. */
function assertPrefix(folder: string): void {
	const endS = oursIn(folder).simulated_until_s;
	assert.is(rowsIn(folder) * 60, endS);
	for (const name of ['timeseries.csv', 'weather.csv'])
		assert.ok(textOf(whole, name).startsWith(textOf(folder, name)), name);
	const left = readdirSync(folder).filter((name) => /\.part$|\.lock$|^commits/.test(name));
	assert.equal(left, []);
}

test('a folder has one run at a time: a second one is refused by name and changes nothing', async () => {
	const folder = newOut();
	const first = await startSlow(folder);
	for (const more of [[], ['--overwrite'], ['--repeats', '2']]) {
		const second = await gridbeat(['run', ...SMALL, '--until', '1h', ...more, '--out', folder], {});
		assert.is(second.code, 2);
		assertOneLine(
			second.stderr,
			/^Cannot use ".*run": "run day-\S+" \(process \d+ on .*\) is at work there; wait for its end/,
		);
	}
	const before = rowsIn(folder);
	assert.is(
		(await gridbeat(['report', folder, '--json'])).code,
		0,
		'a run that goes on can be seen',
	);
	first.signal('SIGINT');
	assert.is((await first.ended).code, 130);
	assert.ok(rowsIn(folder) >= before);
	assertPrefix(folder);
});

test('runs that begin at the same moment in processes of the same number have names of their own', async () => {
	const runs = [0, 1, 2, 3].map(async () => {
		const { stdout } = await gridbeat(['run', ...DAY, '--dry-run', '--json']);
		const { run, folder } = JSON.parse(stdout) as { run: string; folder: string };
		assert.ok(folder.endsWith(join('runs', run)));
		return run;
	});
	assert.is(new Set(await Promise.all(runs)).size, 4);
});

test('a run ends by name when its folder is removed, and does not make it again', async () => {
	const folder = newOut();
	const cli = await startSlow(folder);
	// At once: file by file, the run may see one of its tables gone before the folder.
	const away = `${folder}-away`;
	renameSync(folder, away);
	rmSync(away, { recursive: true });
	const { code, stderr } = await cli.ended;
	assert.is(code, 1);
	assertOneLine(stderr, /^Cannot go on recording into ".*run": it is gone\n$/);
	assert.not(existsSync(folder));
});

test('a run ends by name when another folder or file takes the place of its own', async () => {
	const folder = newOut();
	const cli = await startSlow(folder);
	renameSync(folder, `${folder}-moved`);
	mkdirSync(folder);
	const { code, stderr } = await cli.ended;
	assert.is(code, 1);
	assertOneLine(stderr, /^Cannot go on recording into ".*run": another folder has its place\n$/);
	assert.equal(readdirSync(folder), []);

	const other = newOut();
	const second = await startSlow(other);
	renameSync(join(other, 'weather.csv'), join(other, 'moved.csv'));
	const end = await second.ended;
	assert.is(end.code, 1);
	assert.match(
		end.stderr,
		/^Cannot go on with ".*weather.csv": the file was removed during the run/,
	);
	assert.is(oursIn(other).status, 'failed');
});

test('a run follows no link in its folder: it is refused, and what the link leads to stays as it is', async () => {
	for (const name of [
		'timeseries.csv',
		'weather.csv',
		'commits.jsonl',
		'recorder.lock',
		RUN_LOCK,
	]) {
		const [folder, target] = [newOut(), join(tempFolder(), 'target')];
		mkdirSync(folder);
		writeFileSync(target, 'kept');
		symlinkSync(target, join(folder, name));
		const { code, stderr } = await gridbeat(['run', ...DAY, '--out', folder]);
		assert.is(code, 2, `${name}: ${stderr}`);
		assertOneLine(stderr, /^Cannot (open|use|write) /);
		assert.is(readFileSync(target, 'utf8'), 'kept', name);
		assert.equal(readdirSync(folder), [name]);
	}
});

test('a report follows no link either', async () => {
	const [folder, elsewhere] = [newOut(), tempFolder()];
	mkdirSync(folder);
	writeFileSync(join(elsewhere, 'target'), 'kept');
	symlinkSync(elsewhere, join(folder, 'plots'));
	for (const name of ['report.html', 'simulation_metrics.txt', 'metadata.yaml.part'])
		symlinkSync(join(elsewhere, 'target'), join(folder, name));
	const { code, stderr } = await gridbeat(['run', ...SMALL, '--until', '1h', '--out', folder]);
	assert.is(code, 1);
	assert.match(stderr, /^Cannot write ".*plots.*\.svg": ".*plots" is a symbolic link/);
	assert.equal(readdirSync(elsewhere), ['target']);
	assert.is(readFileSync(join(elsewhere, 'target'), 'utf8'), 'kept');
});

test('--overwrite leaves nothing of the run that was there, and all that is no run’s', async () => {
	const [folder, fresh] = [newOut(), newOut()];
	const rich = ['--in-process', '--until', '10min', '--replicas', '1'];
	const scenario = join(tempFolder(), 'scenario.yaml');
	const outputs = { batches: true, chromeTrace: true, operations: true, parquet: true };
	writeFileSync(scenario, JSON.stringify({ outputs }));
	assert.is((await gridbeat(['run', scenario, ...rich, '--out', folder])).code, 0);
	writeFileSync(join(folder, 'notes.txt'), 'mine');
	const args = ['run', ...SMALL, '--until', '10min', '--out'];
	assert.is((await gridbeat([...args, folder, '--overwrite'])).code, 0);
	assert.is((await gridbeat([...args, fresh])).code, 0);
	const names = (of: string) => readdirSync(of, { recursive: true, encoding: 'utf8' }).sort();
	assert.equal(names(folder), [...names(fresh), 'notes.txt'].sort());
});

test('a terminal that is closed interrupts a run, which keeps whole windows', async () => {
	const folder = newOut();
	const cli = await startSlow(folder);
	cli.signal('SIGHUP');
	const { code, stderr } = await cli.ended;
	assert.is(code, 130);
	assertOneLine(stderr, /^Interrupted; what was recorded up to .* is kept in /);
	const { status, simulated_until_s: untilS } = oursIn(folder);
	assert.is(status, 'incomplete');
	assertPrefix(folder);
	const { stdout } = await gridbeat(['report', folder]);
	assert.match(stdout, /^Run\n {2}incomplete, recorded up to +[\d.]+ (s|min|h)\n/);
	const { ended } = JSON.parse((await gridbeat(['report', folder, '--json'])).stdout);
	assert.equal(ended, { untilS, reason: 'interrupted by the user' });
});

test('a run that nobody reads on comes to its end', async () => {
	const folder = newOut();
	const args = [MAIN, 'run', ...SMALL, '--until', '6h', '--pace', '7200', '--out', folder];
	const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
	child.stdout.once('data', () => child.stdout.destroy());
	child.stderr.destroy();
	const code = await new Promise((resolve) => child.once('close', resolve));
	assert.is(code, 0);
	assert.is(oursIn(folder).status, 'complete');
	assert.ok(existsSync(join(folder, 'report.html')));
});

test('a run that was killed is brought to its end by the next command, which says so', async () => {
	for (const command of [['report'], ['export', '--parquet'], ['compare', whole]]) {
		const folder = newOut();
		const cli = await startSlow(folder);
		cli.signal('SIGKILL');
		await cli.ended;
		assert.is(oursIn(folder).status, 'running');
		writeFileSync(join(folder, 'report.html.0123abcd.part'), 'half');
		const { code, stderr } = await gridbeat([...command, folder]);
		assert.is(code, 0, stderr);
		assert.match(stderr, /was not brought to its end by its own process: it is cut to the end of/);
		const { status, reason } = oursIn(folder);
		assert.is(status, 'failed');
		assert.is(reason, `its process (${cli.pid} on ${hostname()}) ended without a word`);
		assertPrefix(folder);
		assert.is((await gridbeat([...command, folder])).stderr, '', 'said once');
	}
});

test('a run whose disk is full keeps whole windows and says up to when', async () => {
	if (!existsSync('/bin/bash')) return console.log('skipped: no bash to limit the size of files');
	const folder = newOut();
	// Units of 1024 bytes: less than the tables of the day.
	const script = 'ulimit -f 64; exec "$@"';
	const args = ['-c', script, 'bash', process.execPath, MAIN, 'run', ...DAY, '--out', folder];
	const child = spawn('/bin/bash', args, { stdio: ['ignore', 'ignore', 'pipe'] });
	let stderr = '';
	child.stderr.on('data', (chunk: Buffer) => {
		stderr += chunk.toString();
	});
	assert.is(await new Promise((resolve) => child.once('close', resolve)), 1);
	assertOneLine(stderr, /^Cannot write ".*\.csv": .*; what was recorded up to \d+\.\d+ h of /);
	assert.is(oursIn(folder).status, 'failed');
	assert.ok(oursIn(folder).simulated_until_s > 0);
	assertPrefix(folder);
	assert.is((await gridbeat(['report', folder])).code, 0);
	assertPrefix(folder);
});

test.run();

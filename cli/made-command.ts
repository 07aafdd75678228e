import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { platform } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { lockFolder } from '../kernel/files/folder-lock.ts';
import { EXIT } from '../kernel/host/program.ts';
import { ConfigError, messageOf } from '../protocol/errors.ts';
import { nearestName } from '../protocol/nearest-name.ts';
import { quoted } from '../protocol/plain-text.ts';
import { RunStatus } from '../protocol/run-folder/metadata.ts';
import { parseDuration } from '../protocol/scenario/duration.ts';
import { shellWord } from '../protocol/shell-word.ts';
import { formatSpan } from '../results/report/format.ts';
import { bytesText } from './bytes-text.ts';
import { printJson } from './json-output.ts';
import { wrapped } from './progress-view.ts';
import {
	describeMade,
	type Found,
	findMade,
	isHeld,
	type Made,
	PLACES,
	SEPARATOR,
} from './run-catalogue.ts';
import { say } from './say.ts';

/** `gridbeat ls`, `open` and `clean`: what runs and studies have left in folders. */
type Set = (work: Promise<number>) => Promise<void>;

/** What a status may be, for `--status`. */
const STATUSES: readonly Made['status'][] = [...RunStatus.options, 'unreadable'];

const LISTED = 20;

interface ListOptions {
	readonly limit: string;
	readonly all?: boolean;
	readonly status?: string[];
	readonly json?: boolean;
}

/** Adds `gridbeat ls`. */
export function addLs(gridbeat: Command): void {
	gridbeat
		.command('ls')
		.description('runs, repeats and studies that are there: place, time, status, size, headline')
		.argument('[folder...]', `where; default: ${PLACES.join(', ')}`)
		.option('--limit <count>', 'the newest so many', String(LISTED))
		.option('--all', 'all of them')
		.option('--status <name...>', `only ${STATUSES.join(', ')}`)
		.option('--json', 'print as JSON')
		.action((folders: string[], options: ListOptions) => list(foldersOf(folders), options));
}

function list(folders: readonly string[], { limit, all, status, json }: ListOptions): void {
	const statuses = statusesOf(status);
	const most = all === true ? Number.POSITIVE_INFINITY : countOf('--limit', limit, 1);
	const found = findMade(folders);
	const shown: Made[] = [];
	let seen = 0;
	for (const one of found) {
		if (shown.length === most) break;
		seen++;
		const made = describeMade(one);
		if (statuses === null || statuses.includes(made.status)) shown.push(made);
	}
	const more = found.length - seen;
	if (json === true) {
		printJson('ls', { made: shown, more });
		return;
	}
	const lines = shown.flatMap(linesOf);
	if (found.length === 0)
		lines.push(`Nothing is in ${folders.join(', ')}: gridbeat run makes a run`);
	else if (shown.length === 0) lines.push(`None of ${found.length} is ${statuses?.join(' or ')}`);
	if (more > 0) lines.push(`and ${more} more: --all`);
	process.stdout.write(`${lines.join('\n')}\n`);
}

/** Two lines: when, how it stands, how large and where; and what it is. */
function linesOf(made: Made): string[] {
	const { kind, startedAt, status, bytes, path, simulatedS } = made;
	const time = (startedAt ?? '').slice(0, 16).replace('T', ' ').padEnd(16);
	const what = [
		kind === 'run' ? '' : kind,
		made.place ?? '',
		simulatedS === null ? '' : formatSpan(simulatedS),
		made.headline,
		status === 'complete' || status === 'running' ? '' : (made.reason ?? ''),
	]
		.flatMap((text) => text.split(SEPARATOR))
		.filter((text) => text !== '');
	const first = `${time}  ${status.padEnd(10)} ${bytesText(bytes).padStart(7)}  ${path}`;
	return [first, ...broken(what, WIDTH - INDENT.length).map((line) => `${INDENT}${line}`)];
}

const WIDTH = 80;
const INDENT = '    ';

/** Parts with points between them, in lines that fit. */
function broken(parts: readonly string[], width: number): string[] {
	const lines: string[] = [];
	for (const part of parts) {
		const last = lines.at(-1);
		const longer = last === undefined ? part : `${last}${SEPARATOR}${part}`;
		if (last === undefined || longer.length > width) lines.push(part);
		else lines[lines.length - 1] = longer;
	}
	return lines.flatMap((line) => wrapped(line, width).split('\n'));
}

/** Adds `gridbeat open`. */
export function addOpen(gridbeat: Command, set: Set): void {
	gridbeat
		.command('open')
		.description('open the page of a run or study in the browser (BROWSER, else the system’s)')
		.argument('[run]', 'its folder or its name; default: the newest')
		.option('--print', 'print the path of the page instead')
		.action((name: string | undefined, options: { print?: boolean }) =>
			set(open(name, options.print === true)),
		);
}

async function open(name: string | undefined, isPrinted: boolean): Promise<number> {
	const found = name === undefined ? findMade(PLACES)[0] : named(name);
	if (found === undefined)
		throw new ConfigError(
			`Cannot open the newest run: nothing is in ${PLACES.join(', ')}; give a folder`,
		);
	const { page } = describeMade(found);
	if (page === null)
		throw new ConfigError(
			`Cannot open ${quoted(found.path)}: it has no page yet; gridbeat report ${shellWord(found.path)} writes one, once its run has recorded something`,
		);
	const path = resolve(page);
	process.stdout.write(`${path}\n`);
	return isPrinted || (await shownInBrowser(path)) ? EXIT.done : EXIT.failed;
}

/** What is in a folder, or has a name. @throws ConfigError where that is nothing, or more than one */
function named(name: string): Found {
	const [own] = existsSync(name) ? findMade([name]) : [];
	if (own !== undefined && resolve(own.path) === resolve(name)) return own;
	const all = findMade(PLACES);
	const nameOf = ({ path }: Found) => path.split('/').at(-1) ?? '';
	const same = all.filter((one) => nameOf(one) === name);
	const alike = same.length > 0 ? same : all.filter((one) => nameOf(one).startsWith(name));
	if (alike.length === 1) return alike[0] as Found;
	const nearest = nearestName(name, all.map(nameOf));
	const few = alike.slice(0, 5).map(({ path }) => path);
	throw new ConfigError(
		alike.length > 1
			? `Cannot take ${quoted(name)}: ${alike.length} begin so: ${few.join(', ')}${alike.length > 5 ? ', …' : ''}`
			: `Cannot take ${quoted(name)}: it is no folder of a run or study, and none in ${PLACES.join(', ')} has that name${nearest === null ? '; gridbeat ls lists them' : `; did you mean ${nearest}?`}`,
	);
}

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
	darwin: ['open'],
	win32: ['cmd', '/c', 'start', ''],
};

/** Whether a browser was started; a line says so where none was. */
function shownInBrowser(path: string): Promise<boolean> {
	const own = process.env['BROWSER'] ?? '';
	const [program, ...args] =
		own === '' ? (OPENERS[platform()] ?? (['xdg-open'] as const)) : ([own] as const);
	return new Promise((done) => {
		const child = spawn(program, [...args, path], { detached: true, stdio: 'ignore' });
		child.on('error', (error) => {
			say(
				`Cannot start ${quoted(program)}: ${messageOf(error)}; open the page by its path, or set BROWSER`,
			);
			done(false);
		});
		child.on('spawn', () => {
			child.unref();
			done(true);
		});
	});
}

interface CleanOptions {
	readonly olderThan?: string;
	readonly keep?: string;
	readonly status?: string[];
	readonly yes?: boolean;
	readonly json?: boolean;
}

/** Adds `gridbeat clean`. */
export function addClean(gridbeat: Command, set: Set): void {
	gridbeat
		.command('clean')
		.description('remove runs and studies by age, number or status: says which, and --yes does it')
		.argument('[folder...]', `runs, or folders of them; default: ${PLACES.join(', ')}`)
		.option('--older-than <time>', 'begun longer ago than this, such as 30d')
		.option('--keep <count>', 'all but the newest so many')
		.option('--status <name...>', `only ${STATUSES.filter((one) => one !== 'running').join(', ')}`)
		.option('--yes', 'remove them; without it nothing is changed')
		.option('--json', 'print as JSON')
		.action((folders: string[], options: CleanOptions) =>
			set(Promise.resolve(clean(foldersOf(folders), options))),
		);
}

function clean(folders: readonly string[], options: CleanOptions): number {
	const { olderThan, keep, status, json } = options;
	const found = findMade(folders);
	const isNamed = folders.every((folder) => found.some(({ path }) => path === folder));
	if (olderThan === undefined && keep === undefined && status === undefined && !isNamed)
		throw new ConfigError(
			'Cannot remove runs without saying which: give --older-than, --keep, --status, or the folders of runs; gridbeat ls lists them',
		);
	const statuses = statusesOf(status);
	const before =
		olderThan === undefined ? null : Date.now() - parseDuration(olderThan, '--older-than') / 1000;
	const kept = keep === undefined ? 0 : countOf('--keep', keep, 0);
	const chosen = found
		.slice(kept)
		.map(describeMade)
		.filter((made) => statuses === null || statuses.includes(made.status))
		.filter(({ startedAt }) => before === null || Date.parse(startedAt ?? '') < before);
	const [going, idle] = [chosen.filter(isGoing), chosen.filter((made) => !isGoing(made))];
	for (const { path } of going) say(`${path} goes on: it stays`);
	if (options.yes === true) for (const { path } of idle) remove(path);
	const bytes = idle.reduce((sum, made) => sum + made.bytes, 0);
	const isRemoved = options.yes === true;
	if (json === true) {
		printJson('clean', { chosen: idle.map(({ path }) => path), bytes, removed: isRemoved });
		return EXIT.done;
	}
	const lines = idle.flatMap((made) => linesOf(made));
	const count = `${idle.length} of ${found.length}, ${bytesText(bytes)}`;
	lines.push(isRemoved ? `Removed ${count}` : `Would remove ${count}: --yes does it`);
	process.stdout.write(`${lines.join('\n')}\n`);
	return EXIT.done;
}

function isGoing({ path, status }: Made): boolean {
	return isHeld(path) || (status === 'running' && existsSync(join(path, 'recorder.lock')));
}

/** Removes a folder, as its only user. @throws ConfigError if somebody else is at work there */
function remove(path: string): void {
	const lock = lockFolder(path, 'gridbeat clean', { say });
	try {
		rmSync(path, { recursive: true });
	} finally {
		lock.release();
	}
}

/** @throws ConfigError for one that is not there */
function foldersOf(given: readonly string[]): readonly string[] {
	for (const folder of given)
		if (!existsSync(folder))
			throw new ConfigError(`Cannot look into ${quoted(folder)}: there is no such folder`);
	if (given.length > 0) return given.map((folder) => folder.replace(/(.)\/+$/, '$1'));
	return PLACES;
}

/** @throws ConfigError for one that is none */
function statusesOf(names: readonly string[] | undefined): readonly Made['status'][] | null {
	if (names === undefined) return null;
	return names
		.flatMap((text) => text.split(','))
		.map((name) => {
			const found = STATUSES.find((one) => one === name);
			if (found !== undefined) return found;
			const nearest = nearestName(name, STATUSES);
			const meant = nearest === null ? '' : `did you mean "${nearest}"? `;
			throw new ConfigError(
				`Cannot use --status ${quoted(name)}: ${meant}give ${STATUSES.join(', ')}`,
			);
		});
}

/** @throws ConfigError for what is no count */
function countOf(flag: string, text: string, least: number): number {
	const count = Number(text);
	if (Number.isInteger(count) && count >= least && text.trim() !== '') return count;
	throw new ConfigError(`Cannot use ${flag} ${quoted(text)}: give a whole number from ${least} on`);
}

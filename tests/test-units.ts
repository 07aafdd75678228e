import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/**
 * unit: models, readers and pages as values, in one process; runs: what starts processes and whole runs; machines:
 * what stands in for other machines, as containers and network namespaces do.
 */
export const TIERS = ['unit', 'runs', 'machines'] as const;
export type Tier = (typeof TIERS)[number];

/** A built test file. */
export interface TestFile {
	/** Relative to the root of the build, such as `services/solar/kind.test.js`. */
	readonly path: string;
	readonly text: string;
}

/** What one process of the runner does. */
export interface Unit {
	readonly files: readonly string[];
	/** Such as `2/6`; null for whole files. */
	readonly slice: string | null;
}

/** Small files share a process, since to start one takes longer than most of them do. */
const FILES_PER_PROCESS = 12;

/** What a file imports that starts processes: commands, servers, browsers, others of its kind. */
const STARTS =
	/from '(?:node:child_process|playwright-core|[./\w-]*\/(?:cli|nats-binary-for-tests|hosts\.test-support|page\.test-support)\.js)'/;

/** What the name of a helper that starts servers or processes is in a file that uses it. */
const STARTS_BY_NAME =
	/child_process|playwright|\b(?:startGridbeat|startTestServer|natsBinaryForTests)\b|\/(?:hosts|page)\.test-support/;

/** So many files whose whole runs are made in the process of the tests: the next one finds the code read and warm. */
const RUN_FILES_PER_PROCESS = 4;

const SLICES = /^const test = inSlices\((\d+)\);/m;

const MACHINES = /^tests\/machines\//;

/** Every test file of a build. */
export function findTests(root: string, folder = root): TestFile[] {
	return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
		const path = join(folder, entry.name);
		if (entry.isDirectory()) return findTests(root, path);
		if (!entry.name.endsWith('.test.js')) return [];
		return [{ path: relative(root, path), text: readFileSync(path, 'utf8') }];
	});
}

/** The tier that a file belongs to: where it stands and what it imports say so. */
export function tierOf({ path, text }: TestFile): Tier {
	if (MACHINES.test(path)) return 'machines';
	return path.startsWith('tests/') || STARTS.test(text) ? 'runs' : 'unit';
}

/**
 * Divides files into what processes do: files that start processes alone or in slices, the first folders first, since they
 * are the longest; then those of whole runs in the process of the tests, some together; the small ones last, so that no
 * processor is without work to the end.
 */
export function unitsOf(files: readonly TestFile[]): Unit[] {
	const inOrder = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
	const of = (wanted: (file: TestFile) => boolean) => inOrder.filter(wanted);
	const isShared = (file: TestFile) => tierOf(file) === 'runs' && isInProcess(file);
	const alone = [
		...of((file) => tierOf(file) === 'machines'),
		...of((file) => tierOf(file) === 'runs' && !isShared(file)),
	];
	return [
		...alone.flatMap(slicesOf),
		...together(of(isShared), RUN_FILES_PER_PROCESS),
		...together(
			of((file) => tierOf(file) === 'unit'),
			FILES_PER_PROCESS,
		),
	];
}

function isInProcess({ text }: TestFile): boolean {
	return !STARTS_BY_NAME.test(text) && !SLICES.test(text);
}

function slicesOf({ path, text }: TestFile): Unit[] {
	const slices = Number(SLICES.exec(text)?.[1] ?? 1);
	return Array.from({ length: slices }, (_, i) => ({
		files: [path],
		slice: slices === 1 ? null : `${i}/${slices}`,
	}));
}

function together(files: readonly TestFile[], size: number): Unit[] {
	const units: Unit[] = [];
	for (let from = 0; from < files.length; from += size) {
		const some = files.slice(from, from + size).map(({ path }) => path);
		units.push({ files: some, slice: null });
	}
	return units;
}

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
 * Divides files into what processes do: files of whole runs alone or in slices, of the first folders first, since they
 * are the longest; the small ones together.
 */
export function unitsOf(files: readonly TestFile[]): Unit[] {
	const units: Unit[] = [];
	let batch: string[] = [];
	const inOrder = [...files].sort(
		(a, b) => TIERS.indexOf(tierOf(b)) - TIERS.indexOf(tierOf(a)) || (a.path < b.path ? -1 : 1),
	);
	for (const file of inOrder) {
		if (tierOf(file) === 'unit') {
			batch.push(file.path);
			if (batch.length < FILES_PER_PROCESS) continue;
			units.push({ files: batch, slice: null });
			batch = [];
			continue;
		}
		const slices = Number(/^const test = inSlices\((\d+)\);/m.exec(file.text)?.[1] ?? 1);
		for (let i = 0; i < slices; i++) {
			units.push({ files: [file.path], slice: slices === 1 ? null : `${i}/${slices}` });
		}
	}
	if (batch.length > 0) units.push({ files: batch, slice: null });
	return units;
}

import { existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { ConfigError } from '../../protocol/errors.ts';
import { readCases } from '../../results/compare/cases.ts';
import { METRICS } from '../../results/compare/metrics.ts';
import { comparisonObject, comparisonOf } from '../../results/compare/show.ts';
import {
	RunConflictError,
	type RunListing,
	type RunRecord,
	type RunsHost,
	type ServedRun,
	type StartOptions,
} from '../../services/gateway/runs-host.ts';
import { withRuns } from '../launch/open-run.ts';
import type { RunOptions } from '../run-scenario.ts';
import { LiveRun } from './live-run.ts';
import { FolderRecord, listingOf, MetadataCache } from './run-record.ts';

/** Runs that may go on at a time. */
const RUNNING_MAX = 4;
/** The name of a folder that is the id of a run. */
const ID = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,199}$/;

export interface FolderRunsOptions {
	/** Folder of run folders, where new ones are made too. */
	readonly root: string;
	/** A run folder elsewhere that is served too. */
	readonly only?: string | undefined;
	/** Folders whose files scenarios may name that come without a token, beside those that ship; default: none. */
	readonly data?: readonly string[] | undefined;
	/** What runs are told, such as how to reach NATS. */
	readonly env: RunOptions['env'];
	/** Hears in a line of what is worth knowing. */
	readonly onNotice: (text: string) => void;
}

/** The runs below a folder, and those that go on in this process. */
export class FolderRuns implements RunsHost {
	readonly #options: FolderRunsOptions;
	readonly #metadata = new MetadataCache();
	readonly #live = new Map<string, LiveRun>();

	constructor(options: FolderRunsOptions) {
		this.#options = options;
	}

	async list(): Promise<readonly RunListing[]> {
		const listings = this.#folders().flatMap((folder) => this.#listing(folder) ?? []);
		const known = new Set(listings.map(({ id }) => id));
		const starting = [...this.#live.values()]
			.filter(({ id, isOver }) => !known.has(id) && !isOver)
			.map((run) => run.listing(null));
		const startOf = ({ startedAt }: RunListing) => startedAt ?? '9';
		return [...starting, ...listings].sort(
			(a, b) => compare(startOf(b), startOf(a)) || compare(a.id, b.id),
		);
	}

	async start(scenario: unknown, options: StartOptions): Promise<RunListing> {
		const going = [...this.#live.values()].filter(({ isOver }) => !isOver);
		if (going.length >= RUNNING_MAX)
			throw new RunConflictError(
				`Cannot start another run: ${RUNNING_MAX} go on already; stop one, or wait`,
			);
		const { id } = options;
		if (id !== undefined && (this.#live.has(id) || existsSync(join(this.#options.root, id))))
			throw new RunConflictError(`Cannot start the run "${id}": there is one of that id`);
		const run = await LiveRun.start(scenario, options, {
			...this.#options,
			data: this.#options.data ?? [],
		});
		this.add(run);
		return run.listing(null);
	}

	/** Serves a run that goes on in this process. */
	add(run: LiveRun): void {
		this.#live.set(run.id, run);
	}

	/** Ends all that go on, each after its window, and waits for them. */
	async stop(): Promise<void> {
		const going = [...this.#live.values()].filter(({ isOver }) => !isOver);
		for (const run of going) run.stop();
		await Promise.all(going.map(({ ended }) => ended));
	}

	running(id: string): ServedRun | null {
		const run = this.#live.get(id);
		return run === undefined || run.isOver ? null : run;
	}

	live(): readonly ServedRun[] {
		return [...this.#live.values()].filter(({ isOver }) => !isOver);
	}

	async open(id: string): Promise<RunRecord | null> {
		const folder = this.#folders().find((one) => basename(one) === id);
		const metadata = folder === undefined ? null : this.#metadata.read(folder);
		if (folder !== undefined && metadata !== null)
			return new FolderRecord(folder, metadata, this.#listing(folder) as RunListing);
		const live = this.#live.get(id);
		return live === undefined || live.isOver ? null : live.recordBeforeItsFolder();
	}

	async compare(ids: readonly string[]): Promise<unknown> {
		const folders = ids.map((id) => {
			const folder = this.#folders().find((one) => basename(one) === id);
			if (folder === undefined)
				throw new ConfigError(`Cannot compare "${id}": there is no such run`);
			return folder;
		});
		const opening = { what: 'gridbeat serve', writes: false, say: this.#options.onNotice };
		const cases = await withRuns(folders, opening, () => readCases(folders));
		return JSON.parse(JSON.stringify(comparisonObject(comparisonOf(cases, METRICS))));
	}

	#listing(folder: string): RunListing | null {
		const metadata = this.#metadata.read(folder);
		if (metadata === null) return null;
		const id = basename(folder);
		const listing = listingOf(id, folder, metadata);
		const live = this.#live.get(id);
		return live === undefined || live.isOver ? listing : live.listing(listing);
	}

	/** Run folders that are there, by their names. */
	#folders(): string[] {
		const { root, only } = this.#options;
		const below = existsSync(root) ? readdirSync(root, { withFileTypes: true }) : [];
		const folders = below
			.filter((entry) => entry.isDirectory() && ID.test(entry.name))
			.map(({ name }) => join(root, name))
			.filter((folder) => existsSync(join(folder, 'metadata.yaml')));
		if (only === undefined || folders.includes(resolve(only))) return folders;
		return existsSync(join(only, 'metadata.yaml')) ? [...folders, resolve(only)] : folders;
	}
}

function compare(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}

import {
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { canonicalJson, type Json } from '../../kernel/files/canonical.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { PLAINLY } from '../../protocol/plain-issue.ts';
import { plainText } from '../../protocol/plain-text.ts';
import { JOB_FORMAT, JobFile } from '../../protocol/run-folder/job-file.ts';

/** What a job came to: a result, or the reason why there is none. */
export type Outcome = { readonly result: Json } | { readonly failure: string };

/** A job as it is written down. */
export interface StoredJob {
	readonly hash: string;
	/** For people. */
	readonly label: string;
	readonly spec: Json;
	readonly outcome: Outcome;
}

/**
 * A folder with a file for each job done, named by its hash. A file appears as a whole, by a rename, so a
 * kill leaves nothing half; what was being written is removed when the folder is opened again.
 */
export class JobStore {
	readonly #folder: string;

	/** @throws ConfigError for a folder that cannot be made */
	constructor(folder: string) {
		this.#folder = folder;
		try {
			mkdirSync(folder, { recursive: true });
		} catch (error) {
			throw new ConfigError(`Cannot keep results in "${folder}": ${messageOf(error)}`);
		}
		for (const name of readdirSync(folder))
			if (isAbandoned(name)) rmSync(join(folder, name), { force: true });
	}

	/** Null for a job not done yet, and for a file that somebody spoiled. */
	read(hash: string): Outcome | null {
		const path = this.#path(hash);
		if (!existsSync(path)) return null;
		try {
			const stored = JobFile.parse(JSON.parse(readFileSync(path, 'utf8')), PLAINLY);
			if (stored.hash !== hash) return null;
			return 'failure' in stored
				? { failure: plainText(stored.failure) }
				: { result: stored.result as Json };
		} catch {
			return null;
		}
	}

	write({ outcome, ...job }: StoredJob): void {
		const part = join(this.#folder, `${job.hash}.${process.pid}.part`);
		writeFileSync(part, `${canonicalJson({ format: JOB_FORMAT, ...job, ...outcome })}\n`);
		renameSync(part, this.#path(job.hash));
	}

	remove(hash: string): void {
		rmSync(this.#path(hash), { force: true });
	}

	#path(hash: string): string {
		return join(this.#folder, `${hash}.json`);
	}
}

/** Half a file whose writer is gone. */
function isAbandoned(name: string): boolean {
	const pid = /\.(\d+)\.part$/.exec(name)?.[1];
	if (pid === undefined) return false;
	try {
		process.kill(Number(pid), 0);
		return Number(pid) === process.pid;
	} catch {
		return true;
	}
}

import { NotYetError, type RunEnding } from '../../kernel/actor/contract.ts';
import { mayPass } from '../../kernel/files/file-reason.ts';
import { messageOf, SimulationError } from '../../protocol/errors.ts';
import type { EndFiles } from '../../protocol/run-folder/commits.ts';
import type { RequestFates } from '../../protocol/run-folder/metadata.ts';
import type { SimTime } from '../../protocol/time.ts';
import { type CommitLog, readCommits } from './commits.ts';
import type { RecorderConfig } from './config.ts';
import { writeEndFiles } from './end-files.ts';
import { type EndSums, readSums, type SumsFiles } from './end-sums.ts';
import type { RecorderState } from './recorder-state.ts';
import type { RecordingFolder } from './recording-folder.ts';
import { sketchedColumns } from './request-sketch.ts';
import { markEnded } from './run-folder.ts';
import type { Output, PortTable } from './tables.ts';

/** All that a run has recorded up to some time. */
interface Recorded {
	readonly positions: readonly number[];
	readonly sums: EndSums;
	/** Where the requests were; null where nobody reports it. */
	readonly requests: RequestFates | null;
}

/** What a recording is made of. */
interface Recorders {
	readonly tables: readonly PortTable[];
	readonly fates: (state: RecorderState) => RequestFates | null;
}

const NO_SUMS: EndSums = { sketches: [], operationsS: [] };

const STATUS = { complete: 'complete', interrupted: 'incomplete', failed: 'failed' } as const;

/** Ends a recording at the end of a window, whenever and however the run ends: all tables at the same time. */
export class RecordingEnd {
	/** Every file that grows, in the order of the tables. */
	readonly outputs: readonly Output[];
	readonly #config: RecorderConfig;
	readonly #recording: RecordingFolder;
	readonly #fates: Recorders['fates'];
	readonly #endFiles: EndFiles | null;
	readonly #log: CommitLog;
	readonly #sumsFiles: SumsFiles | null;
	#isOver = false;
	/** What the recording ends with, once it is cut to it. */
	#last: Recorded | null = null;

	constructor(config: RecorderConfig, recording: RecordingFolder, { tables, fates }: Recorders) {
		this.#config = config;
		this.#fates = fates;
		this.#recording = recording;
		this.outputs = tables.flatMap((table) => table.outputs);
		this.#endFiles = endFilesOf(config);
		this.#sumsFiles = this.#endFiles === null ? null : recording.sums();
		this.#log = recording.begin({
			run: config.run ?? '',
			tables: this.outputs.map(({ file, header, end }) => ({
				name: file.name,
				begin: Buffer.byteLength(header),
				end,
			})),
			endFiles: this.#endFiles,
		});
	}

	/** @throws SimulationError once the files are closed: their numbers may be other files' by then */
	checkOpen(): void {
		if (this.#isOver) throw new SimulationError('Cannot record: the run has ended');
	}

	/** @throws NotYetError while there is no room for all of it; SimulationError if the folder is not what it was */
	windowDone(state: RecorderState, untilUs: SimTime): void {
		this.checkOpen();
		this.#recording.checkThere();
		for (const { file } of this.outputs) file.settle();
		const { positions: bytes, requests, sums } = this.#now(state);
		this.#sumsFiles?.write(untilUs, sums);
		this.#log.commit({ untilUs, bytes, requests });
	}

	/**
	 * Cuts what belongs to no complete window, closes the files and says in metadata.yaml how the run ended.
	 *
	 * @throws NotYetError while there is no room for the end of a complete run
	 */
	finish(state: RecorderState, end: RunEnding): void {
		this.checkOpen();
		this.#recording.checkThere();
		const { simulatedUntilUs } = end;
		this.#last ??= this.#cutBack(state, simulatedUntilUs);
		const recorded = this.#last;
		let failure: unknown = null;
		try {
			this.#complete(recorded);
		} catch (error) {
			if (mayPass(error) && end.outcome === 'complete') throw new NotYetError(messageOf(error));
			if (error instanceof NotYetError && end.outcome === 'complete') throw error;
			// A full disk has no room for more; what is recorded stays, and how the run ended is said.
			failure = error;
		}
		this.#isOver = true;
		const isBroken = failure !== null && end.outcome === 'complete';
		const reason = isBroken ? messageOf(failure) : end.outcome === 'complete' ? null : end.reason;
		markEnded(this.#config.folder, isBroken ? 'failed' : STATUS[end.outcome], {
			reason,
			simulatedUntilUs,
			...(recorded.requests === null ? {} : { requests: recorded.requests }),
		});
		this.#recording.release();
		if (failure !== null) throw failure;
	}

	/** What the log has of a window that others have completed, too: the last may not be one. */
	#logged(untilUs: SimTime): Recorded | null {
		const { folder } = this.#config;
		const commit = readCommits(folder)?.commits.findLast((each) => each.untilUs === untilUs);
		if (commit === undefined) return null;
		const sums = this.#endFiles === null ? NO_SUMS : readSums(folder, untilUs);
		return sums === null ? null : { positions: commit.bytes, sums, requests: commit.requests };
	}

	#now(state: RecorderState): Recorded {
		const operationsS = this.#config.replicas.map((replica) => [
			...(state.operationsS[replica] ?? []),
		]);
		const sums = { sketches: state.sketches, operationsS };
		return { positions: [...state.positions], sums, requests: this.#fates(state) };
	}

	/** All tables end where the run did, each as a table ends. */
	#cutBack(state: RecorderState, untilUs: SimTime): Recorded {
		const recorded = this.#logged(untilUs) ?? this.#now(state);
		this.outputs.forEach(({ file, header, end }, i) => {
			file.goTo(untilUs === 0 ? Buffer.byteLength(header) : (recorded.positions[i] as number));
			file.append(end);
			file.flush();
		});
		return recorded;
	}

	/** May be called again as long as it throws. */
	#complete({ sums }: Recorded): void {
		for (const { file } of this.outputs) file.settle();
		if (this.#endFiles !== null) writeEndFiles(this.#config, this.#endFiles, sums);
		this.#recording.close();
		this.#sumsFiles?.close();
	}
}

function endFilesOf({ extras, requests, replicas }: RecorderConfig): EndFiles | null {
	const isSketched = extras?.requests === 'sketch' && replicas.length > 0;
	const operations = extras?.operations?.map(({ name }) => name) ?? null;
	if (!isSketched && operations === null) return null;
	const quantiles = isSketched ? sketchedColumns(requests) : null;
	return { quantiles, operations, replicas };
}

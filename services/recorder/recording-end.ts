import type { RunEnding } from '../../kernel/actor/contract.ts';
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

	/** @throws SimulationError if the folder is not what it was, or is full */
	windowDone(state: RecorderState, untilUs: SimTime): void {
		this.checkOpen();
		this.#recording.checkThere();
		const { positions: bytes, requests, sums } = this.#now(state);
		this.#sumsFiles?.write(untilUs, sums);
		this.#log.commit({ untilUs, bytes, requests });
	}

	/** Cuts what belongs to no complete window, closes the files and says in metadata.yaml how the run ended. */
	finish(state: RecorderState, end: RunEnding): void {
		this.checkOpen();
		this.#isOver = true;
		this.#recording.checkThere();
		const { simulatedUntilUs } = end;
		const recorded = this.#logged(simulatedUntilUs) ?? this.#now(state);
		this.#cut(recorded, simulatedUntilUs === 0);
		let failure: unknown = null;
		try {
			this.#complete(recorded);
		} catch (error) {
			// A full disk has no room for more; what is recorded stays, and how the run ended is said.
			failure = error;
		}
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

	#cut({ positions }: Recorded, isNothing: boolean): void {
		this.outputs.forEach(({ file, header }, i) => {
			file.goTo(isNothing ? Buffer.byteLength(header) : (positions[i] as number));
		});
	}

	#complete({ sums }: Recorded): void {
		for (const { file, end } of this.outputs) {
			file.append(end);
			file.flush();
		}
		this.#recording.close();
		this.#sumsFiles?.close();
		if (this.#endFiles !== null) writeEndFiles(this.#config, this.#endFiles, sums);
	}
}

function endFilesOf({ extras, requests, replicas }: RecorderConfig): EndFiles | null {
	const isSketched = extras?.requests === 'sketch' && replicas.length > 0;
	const operations = extras?.operations?.map(({ name }) => name) ?? null;
	if (!isSketched && operations === null) return null;
	const quantiles = isSketched ? sketchedColumns(requests) : null;
	return { quantiles, operations, replicas };
}

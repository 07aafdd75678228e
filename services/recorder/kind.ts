import {
	type ActorEnv,
	type ActorKind,
	NotYetError,
	type SpanActor,
	type WireInput,
} from '../../kernel/actor/contract.ts';
import { mayPass } from '../../kernel/files/file-reason.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { RecorderConfig } from './config.ts';
import { NetworkView } from './network.ts';
import { progressOf } from './progress.ts';
import type { RecorderState } from './recorder-state.ts';
import { RecordingEnd } from './recording-end.ts';
import { RecordingFolder, wasRecorded } from './recording-folder.ts';
import { countChange, countsReader, fatesOf, noChanges } from './request-fates.ts';
import { sketchesOf } from './request-sketch.ts';
import { runningMetadata, writeMetadata } from './run-folder.ts';
import { openTables } from './tables.ts';

/** The only writer of a run folder: all that the actors say goes into its files, in one fixed order. */
export const recorderKind: ActorKind<RecorderConfig> = {
	kind: 'recorder',
	config: RecorderConfig,
	create(config, env) {
		const isResumed = wasRecorded(config);
		try {
			return createRecorder(config, env);
		} catch (error) {
			const isPassing = error instanceof NotYetError || mayPass(error);
			if (!isPassing) throw error;
			// A run that is under way waits for room; one that cannot begin is for its user to begin elsewhere.
			throw isResumed ? new NotYetError(messageOf(error)) : new ConfigError(messageOf(error));
		}
	},
};

function createRecorder(config: RecorderConfig, env: ActorEnv): SpanActor<RecorderState> {
	const recording = new RecordingFolder(config);
	try {
		return recorderIn(recording, config, env);
	} catch (error) {
		recording.giveUp();
		throw error;
	}
}

function recorderIn(
	recording: RecordingFolder,
	config: RecorderConfig,
	env: ActorEnv,
): SpanActor<RecorderState> {
	writeMetadata(config.folder, runningMetadata(withTables(config)));
	const tables = openTables(config, recording);
	const view = config.network === undefined ? null : new NetworkView(config);
	const counts = config.replicas.length === 0 ? null : countsReader(config);
	const fates = (state: RecorderState) =>
		counts === null ? null : fatesOf(state, view !== null, config.changes === true);
	const ending = new RecordingEnd(config, recording, { tables, fates });
	const { outputs } = ending;
	const progress = progressOf(config);
	const sketches = sketchesOf(config);
	const also: Record<string, (state: RecorderState, wire: WireInput) => void> = {
		requests(state, wire) {
			state.requestsCompleted += 1;
			sketches?.add(wire);
		},
		routed: (state, wire) => noteRouted(state, wire, view),
		changed: (state, wire) => countChange(state.changes, wire),
		usage: (state, wire) => counts?.(state.lastCounts, wire),
		operations: addOperations(config.extras?.operations?.length ?? 0),
	};
	return {
		timing: 'span',
		inputs: tables.map(({ port }) => port),
		outputs: [],
		init: () => ({
			...newState(),
			positions: outputs.map(({ header }) => Buffer.byteLength(header)),
		}),
		promiseUs: (_state, _port, untilUs) => untilUs,
		step(state, span, inputs) {
			ending.checkOpen();
			let booksRows = 0;
			const before = state.requestsCompleted;
			outputs.forEach(({ file }, i) => {
				file.goTo(state.positions[i] as number);
			});
			sketches?.goTo(state.sketches);
			tables.forEach((table, t) => {
				const visit = also[table.port.name];
				const isShown = view !== null && table.port.name === 'requests';
				table.merge.take(inputs[t] ?? [], span.untilUs, (row) => {
					const wire = isShown ? view.show(state.ways, row) : row;
					for (const { file, row: text } of table.outputs) file.append(text(wire));
					visit?.(state, wire);
					if (t === 0) booksRows += 1;
				});
			});
			outputs.forEach(({ file }, i) => {
				file.flush();
				state.positions[i] = file.position;
			});
			if (sketches !== null && state.requestsCompleted > before) state.sketches = sketches.save();
			const books = inputs[0]?.[0];
			if (booksRows > 0 && books !== undefined)
				env.announce(span.untilUs, progress(books, state.requestsCompleted));
			return state;
		},
		windowDone: (state, untilUs) => ending.windowDone(state, untilUs),
		finish: async (state, end) => ending.finish(state, end),
	};
}

function newState(): RecorderState {
	return {
		positions: [],
		requestsCompleted: 0,
		sketches: [],
		operationsS: {},
		ways: {},
		lastCounts: {},
		requestsRouted: 0,
		changes: noChanges(),
	};
}

function noteRouted(state: RecorderState, wire: WireInput, view: NetworkView | null): void {
	state.requestsRouted += 1;
	view?.route(state.ways, wire);
}

/** Adds a row of `fields` numbers to the sums of its replica. */
function addOperations(fields: number) {
	return (state: RecorderState, wire: WireInput): void => {
		const sums = state.operationsS[wire.source] ?? new Array<number>(fields).fill(0);
		for (let field = 0; field < fields; field++)
			sums[field] = (sums[field] as number) + wire.value(field);
		state.operationsS[wire.source] = sums;
	};
}

/** The metadata, with what is known nowhere else of the tables of a user's kinds of actor. */
function withTables({ metadata, series }: RecorderConfig): RecorderConfig['metadata'] {
	const own = series.flatMap(({ name, columns }) =>
		columns === undefined ? [] : [[`${name}.csv`, columns] as const],
	);
	if (own.length === 0) return metadata;
	return { ...metadata, gridbeat: { ...metadata.gridbeat, tables: Object.fromEntries(own) } };
}

import { join } from 'node:path';
import type { ActorEnv, ActorKind, SpanActor, WireInput } from '../actor/contract.ts';
import { writeWhole } from '../files/write-whole.ts';
import { csvNumber, requestColumns } from './columns.ts';
import { RecorderConfig } from './config.ts';
import { NetworkView, type Ways } from './network.ts';
import { progressOf } from './progress.ts';
import { countsReader, fatesOf, type LastCounts } from './request-fates.ts';
import { RequestSketches, type SavedSketch } from './request-sketch.ts';
import { makeRunFolder, markEnded, runningMetadata, writeMetadata } from './run-folder.ts';
import { openTables } from './tables.ts';

export interface RecorderState {
	/** Length of each file in bytes, in the order of its tables. */
	positions: number[];
	requestsCompleted: number;
	/** Quantiles of the requests so far; empty where each has a row. */
	sketches: readonly SavedSketch[];
	/** Sums of the port `operations` by replica, in seconds. */
	operationsS: Record<string, number[]>;
	/** Of requests that have not completed; empty where there are no ways. */
	ways: Ways;
	/** What each replica said last of its requests, and how many were sent to them where there are ways. */
	lastCounts: LastCounts;
	requestsRouted: number;
}

/** The only writer of a run folder: all that the actors say goes into its files, in one fixed order. */
export const recorderKind: ActorKind<RecorderConfig> = {
	kind: 'recorder',
	config: RecorderConfig,
	create: createRecorder,
};

function createRecorder(config: RecorderConfig, env: ActorEnv): SpanActor<RecorderState> {
	const { folder, extras } = config;
	makeRunFolder(folder);
	const tables = openTables(config);
	const outputs = tables.flatMap((table) => table.outputs);
	writeMetadata(folder, runningMetadata(config.metadata));
	const progress = progressOf(config);
	const sketches =
		extras?.requests === 'sketch' && config.replicas.length > 0
			? new RequestSketches(requestColumns(config.requests))
			: null;
	const view = config.network === undefined ? null : new NetworkView(config);
	const counts = config.replicas.length === 0 ? null : countsReader(config);
	const also: Record<string, (state: RecorderState, wire: WireInput) => void> = {
		requests(state, wire) {
			state.requestsCompleted += 1;
			sketches?.add(wire);
		},
		routed: (state, wire) => noteRouted(state, wire, view),
		usage: (state, wire) => counts?.(state.lastCounts, wire),
		operations: addOperations(extras?.operations?.length ?? 0),
	};
	return {
		timing: 'span',
		inputs: tables.map(({ port }) => port),
		outputs: [],
		init: () => ({ ...newState(), positions: outputs.map(() => 0) }),
		promiseUs: (_state, _port, untilUs) => untilUs,
		step(state, span, inputs) {
			let booksRows = 0;
			const before = state.requestsCompleted;
			outputs.forEach(({ file, header }, i) => {
				file.goTo(state.positions[i] as number);
				if (file.position === 0) file.append(header);
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
		async finish(state, end) {
			outputs.forEach(({ file, end: last }, i) => {
				// What a window wrote that did not complete is no part of the run.
				file.goTo(state.positions[i] as number);
				if (file.position > 0) file.append(last);
				file.close();
			});
			if (sketches !== null) {
				sketches.goTo(state.sketches);
				writeWhole(join(folder, 'request_quantiles.csv'), sketches.text());
				writeWhole(join(folder, 'request_distributions.csv'), sketches.distributions());
			}
			if (extras !== undefined && extras.operations !== null)
				writeWhole(join(folder, 'operation_metrics.csv'), operationsText(config, state));
			markEnded(folder, STATUS[end.outcome], {
				reason: end.outcome === 'complete' ? null : end.reason,
				simulatedUntilUs: end.simulatedUntilUs,
				...(counts === null ? {} : { requests: fatesOf(state, view !== null) }),
			});
		},
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
	};
}

function noteRouted(state: RecorderState, wire: WireInput, view: NetworkView | null): void {
	state.requestsRouted += 1;
	view?.route(state.ways, wire);
}

const STATUS = { complete: 'complete', interrupted: 'incomplete', failed: 'failed' } as const;

/** Adds a row of `fields` numbers to the sums of its replica. */
function addOperations(fields: number) {
	return (state: RecorderState, wire: WireInput): void => {
		const sums = state.operationsS[wire.source] ?? new Array<number>(fields).fill(0);
		for (let field = 0; field < fields; field++)
			sums[field] = (sums[field] as number) + wire.value(field);
		state.operationsS[wire.source] = sums;
	};
}

/** operation_metrics.csv: a row a replica. */
function operationsText(config: RecorderConfig, { operationsS }: RecorderState): string {
	const fields = config.extras?.operations ?? [];
	const rows = config.replicas.map((replica) => [
		replica,
		...fields.map((_, i) => csvNumber(operationsS[replica]?.[i] ?? 0)),
	]);
	const header = ['replica', ...fields.map(({ name }) => name)];
	return `${[header, ...rows].map((cells) => cells.join(',')).join('\n')}\n`;
}

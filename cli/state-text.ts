import type { RunState } from '../protocol/status-messages.ts';
import { formatSimTime, SECOND_US, type SimTime } from '../protocol/time.ts';
import { lagText } from './speed.ts';

/** A run that goes on, as a text for a terminal. */

/** A state, and when it was asked for, in milliseconds of any clock. */
export interface Sample {
	readonly state: RunState;
	readonly atMs: number;
}

export interface Size {
	readonly columns: number;
	/** Lines; null: as many as it takes. */
	readonly rows: number | null;
}

interface Row {
	/** How far behind the actor that has come furthest. */
	readonly lagUs: SimTime;
	/** One for each of HEADS. */
	readonly cells: readonly string[];
}

const HEADS = ['process', 'actor', 'machine', 'at', 'rate', 'lag', 'memory', 'waits for'] as const;
/** These are figures, and stand to the right. */
const RIGHT: ReadonlySet<(typeof HEADS)[number]> = new Set(['at', 'rate', 'lag', 'memory']);
const NAME_LENGTH_MAX = 16;

/**
 * How a run stands: a few lines on the whole, then a line for each actor, those furthest behind first.
 *
 * @param before an earlier sample: rates are since then; null: since the run began here
 */
export function stateText(now: Sample, before: Sample | null, size: Size): string {
	const { columns, rows } = size;
	const head = headOf(now, before);
	const all = rowsOf(now, before).sort((a, b) => b.lagUs - a.lagUs);
	const room = rows === null ? all.length : Math.max(1, rows - head.length - 2);
	const shown = all.length <= room ? all : all.slice(0, Math.max(1, room - 1));
	const table = tableOf(
		shown.map(({ cells }) => cells),
		columns,
	);
	const rest = all.length - shown.length;
	const more = rest > 0 ? [`and ${rest} more actors, none further behind`] : [];
	return [...head, '', ...table, ...more]
		.map((line) => line.slice(0, columns).trimEnd())
		.join('\n');
}

function headOf({ state, atMs }: Sample, before: Sample | null): string[] {
	const { run, phase, pace, lagMs, completedUs, untilUs, fromUs, elapsedMs, hosts } = state;
	const percent = Math.floor((100 * completedUs) / untilUs);
	const [sinceUs, sinceMs] =
		before === null ? [fromUs, elapsedMs] : [before.state.completedUs, atMs - before.atMs];
	const wanted = pace === null ? '' : ` of ${rate(pace)} wanted${lagText(lagMs)}`;
	const counted = (count: number, what: string) => (count === 0 ? [] : [`${count} ${what}`]);
	const many = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
	const memory = hosts.reduce((sum, { memoryBytes }) => sum + (memoryBytes ?? 0), 0);
	const missing = hosts.filter(({ stage }) => stage === 'awaited').length;
	const silent = hosts.filter(
		({ actors, stage }) => actors === null && silence(phase, stage) === 'no answer',
	).length;
	return [
		`${run}: ${phase}, attempt ${state.attempt}`,
		`${wholeSeconds(completedUs)} of ${wholeSeconds(untilUs)} (${percent} %), ${rate(speed(completedUs - sinceUs, sinceMs))}${wanted}`,
		[
			state.window < 0
				? 'no window yet'
				: `window ${state.window} to ${wholeSeconds(state.windowUntilUs)}`,
			...(state.setbacks > 0 ? [many(state.setbacks, 'setback')] : []),
			`${many(state.checkpoints, 'checkpoint')}${state.checkpoints > 0 ? `, last at ${wholeSeconds(state.checkpointUs)}` : ''}`,
			...counted(state.refused, 'messages refused'),
			...counted(state.duplicates, 'came twice'),
		].join(', '),
		[
			hosts.length === 1 ? '1 process' : `${hosts.length} processes`,
			...counted(missing, 'awaited'),
			...counted(silent, 'without answer'),
			...(memory > 0 ? [`${megabytes(memory)} of memory`] : []),
		].join(', '),
		...hosts.flatMap(({ host, held }) => (held === undefined ? [] : [`held by ${host}: ${held}`])),
	];
}

function rowsOf({ state, atMs }: Sample, before: Sample | null): Row[] {
	const earlier = new Map(
		before?.state.hosts.flatMap(({ actors }) =>
			(actors ?? []).map(({ name, progressUs }) => [name, progressUs] as const),
		) ?? [],
	);
	const all = state.hosts.flatMap(({ actors }) => actors ?? []);
	const furthestUs = all.reduce((most, { progressUs }) => Math.max(most, progressUs), 0);
	return state.hosts.flatMap(({ host, machine, stage, actors, names, memoryBytes }) =>
		names.map((name): Row => {
			const actor = actors?.find((one) => one.name === name);
			const memory = memoryBytes === null ? '–' : megabytes(memoryBytes);
			const begin = [host, name, machine ?? '–'];
			if (actor === undefined) {
				const why = actors === null ? silence(state.phase, stage) : 'ready';
				const cells = [...begin, '–', '–', '–', memory, why];
				return { lagUs: Number.POSITIVE_INFINITY, cells };
			}
			const { progressUs, waits } = actor;
			const lagUs = furthestUs - progressUs;
			const [sinceUs, sinceMs] =
				before === null
					? [state.fromUs, state.elapsedMs]
					: [earlier.get(name) ?? progressUs, atMs - before.atMs];
			const pace = rate(speed(progressUs - sinceUs, sinceMs));
			const figures = [wholeSeconds(progressUs), pace, wholeSeconds(lagUs), memory];
			return { lagUs, cells: [...begin, ...figures, waitText(waits)] };
		}),
	);
}

type Waits = NonNullable<RunState['hosts'][number]['actors']>[number]['waits'];

function silence(phase: RunState['phase'], stage: RunState['hosts'][number]['stage']): string {
	if (stage === 'awaited' || stage === 'making') return stage;
	return isEnding(phase) ? 'ends its work' : 'no answer';
}

function isEnding(phase: RunState['phase']): boolean {
	return phase === 'stopping' || phase === 'ended';
}

function waitText(waits: Waits): string {
	const [first] = [...waits].sort((a, b) => a.knownUntilUs - b.knownUntilUs);
	if (first === undefined) return '';
	const others = waits.length > 1 ? ` +${waits.length - 1}` : '';
	return `${first.from}${others}`;
}

/** What goes first where there is no room for all: the whole run has both too. */
const DISPENSABLE: readonly (typeof HEADS)[number][] = ['rate', 'memory', 'machine'];
/** So much of the last column is shown before another one. */
const LAST_WIDTH = 20;
const GAP = '  ';

/** At most so many characters wide. */
function tableOf(cells: readonly (readonly string[])[], width: number): string[] {
	const all = [HEADS, ...cells.map((row) => row.map(shortened))];
	// Where each process has one actor, and its name, once is enough.
	const isOnce = cells.every(([process, actor]) => process === actor);
	const columns = HEADS.map((head, i) => {
		const column = all.map((row) => row[i] ?? '');
		const widest = Math.max(...column.map((cell) => cell.length));
		return { head, column, widest };
	});
	const hidden = new Set<string>(isOnce ? ['process'] : []);
	// Where all are on one, nobody asks.
	const machines = new Set(cells.map((row) => row[2]).filter((cell) => cell !== '–'));
	if (machines.size < 2) hidden.add('machine');
	const shown = () => columns.filter(({ head }) => !hidden.has(head));
	const needed = () =>
		shown().reduce(
			(sum, { head, widest }) =>
				sum + (head === 'waits for' ? Math.min(widest, LAST_WIDTH) : widest + GAP.length),
			0,
		);
	for (const head of DISPENSABLE) if (needed() > width) hidden.add(head);
	return all.map((_, row) =>
		shown()
			.map(({ head, column, widest }) => {
				const cell = column[row] ?? '';
				return RIGHT.has(head) ? cell.padStart(widest) : cell.padEnd(widest);
			})
			.join(GAP),
	);
}

/** A name of an actor, a process or a machine. */
function shortened(cell: string, i: number): string {
	const isLong = i < 3 && cell.length > NAME_LENGTH_MAX;
	return isLong ? `${cell.slice(0, NAME_LENGTH_MAX - 1)}…` : cell;
}

/** Fractions would only take room. */
function wholeSeconds(timeUs: SimTime): string {
	return formatSimTime(timeUs - (timeUs % SECOND_US));
}

/** Simulated seconds per second. */
function speed(simulatedUs: SimTime, ms: number): number {
	return ms > 0 ? Math.max(0, simulatedUs) / SECOND_US / (ms / 1000) : 0;
}

function rate(times: number): string {
	return times >= 10_000 ? `${Math.round(times / 1000)}k x` : `${Math.round(times)} x`;
}

function megabytes(bytes: number): string {
	return `${Math.round(bytes / 1e6)} MB`;
}

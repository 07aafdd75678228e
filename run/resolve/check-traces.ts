import { coarseNote } from '../../feeds/signal/coarse-steps.ts';
import { type Gaps, gapsText, majorityUs, traceGaps } from '../../feeds/signal/gaps.ts';
import type { Limits } from '../../feeds/signal/limits.ts';
import { loadTrace } from '../../feeds/signal/load.ts';
import { checkTraceCovers, type Trace, TraceOptions } from '../../feeds/signal/trace.ts';
import { unusedNote } from '../../feeds/signal/unused-columns.ts';
import { ConfigError } from '../../protocol/errors.ts';
import type { RosterEntry } from '../../protocol/messages.ts';
import { plainText } from '../../protocol/plain-text.ts';
import { type Note, note, type Remark } from '../../protocol/remark.ts';
import type { Sampling } from '../../protocol/signals.ts';
import { DECLARED_KINDS } from '../../services/declared-kinds.ts';
import { limitsOf } from './implausible.ts';
import type { Frame } from './plan.ts';

/** Gaps of a trace that an actor reads: over them the value before (or after) is held. */
interface TraceGaps extends Gaps {
	readonly actor: string;
}

/**
 * Reads every trace that an actor will read, so that a broken, too short or implausible file is found before any process
 * is started.
 *
 * @returns which of them have gaps in the run, and what else there is to say of their values
 * @throws ConfigError naming the file and what is wrong with it
 */
export async function checkTraces(
	actors: readonly Omit<RosterEntry, 'host'>[],
	frame: Frame,
): Promise<{ readonly gaps: TraceGaps[]; readonly remarks: Remark[] }> {
	const [found, remarks]: [TraceGaps[], Remark[]] = [[], []];
	const unused = new UnusedColumns();
	for (const { name: actor, kind, config } of actors) {
		const notes = await DECLARED_KINDS.find((one) => one.kind === kind)?.check(config);
		remarks.push(...(notes ?? []).map((one) => ({ of: actor, ...one })));
		const { source, sky } = config as { source?: unknown; sky?: unknown };
		for (const candidate of [source, sky]) {
			const { type, sampling, ...rest } = (candidate ?? {}) as Record<string, unknown>;
			if (type === 'series' && isSignal(kind)) {
				const { points } = rest as { points: readonly { readonly epochMs: number }[] };
				const timesUs = Float64Array.from(points, ({ epochMs }) => epochMs * 1000);
				remarks.push(...coarse(actor, config, timesUs, frame));
			}
			if (type !== 'trace') continue;
			const { path, column, fill, anchor, scale, civil, reading } = rest;
			const options = TraceOptions.parse({ path, column, fill, anchor, scale, civil, reading });
			const trace = loadTrace(options);
			remarks.push(...(trace.notes ?? []).map((one) => ({ of: actor, ...one })));
			unused.add(actor, options.path, trace.unused ?? []);
			// A value read at the start of the last step need not hold to its end.
			checkTraceCovers(
				trace,
				sampling === 'start' ? frame.untilUs - frame.stepUs + 1 : frame.untilUs,
			);
			const limits = limitsOf(kind, config);
			if (limits !== null) checkValues(trace, options, limits);
			const below = limits === null ? null : belowZero(trace, limits);
			if (below !== null) remarks.push({ of: actor, ...below });
			if (isSignal(kind)) remarks.push(...coarse(actor, config, trace.timesUs, frame));
			const gaps = traceGaps(trace, frame.untilUs);
			if (gaps.count === 0) continue;
			found.push({ actor, ...gaps });
			const held = `${gapsText(gaps.count, gaps.longestS)} in its file; the value beside is held`;
			remarks.push({ of: actor, ...note(held) });
		}
	}
	return { gaps: found, remarks: [...remarks, ...unused.remarks()] };
}

/** What is multiplied by energy, which is known by step. */
function isSignal(kind: string): boolean {
	return kind === 'carbon' || kind === 'price';
}

/** What there is to say of a signal that changes within a step. */
function coarse(
	of: string,
	config: unknown,
	timesUs: Float64Array,
	{ stepUs }: Frame,
): readonly Remark[] {
	const { source, drawn } = config as { source: { sampling: Sampling }; drawn?: unknown };
	const one = coarseNote(majorityUs(timesUs), stepUs, source.sampling, drawn !== undefined);
	return one === null ? [] : [{ of, ...one }];
}

/** The columns of files that no actor uses. */
class UnusedColumns {
	readonly #files = new Map<string, { readonly actors: string[]; names: readonly string[] }>();

	/** @param names those that this actor does not use */
	add(actor: string, path: string, names: readonly string[]): void {
		const known = this.#files.get(path);
		if (known === undefined) this.#files.set(path, { actors: [actor], names });
		else {
			known.actors.push(actor);
			known.names = known.names.filter((name) => names.includes(name));
		}
	}

	remarks(): Remark[] {
		return [...this.#files.values()]
			.filter(({ names }) => names.length > 0)
			.map(({ actors, names }) => ({ of: actors.join(', '), ...unusedNote(names) }));
	}
}

/** @throws ConfigError naming the first row of the file whose value cannot be */
function checkValues({ name, values }: Trace, options: TraceOptions, limits: Limits): void {
	const isWrong = (value: number) => value < limits.least || value > limits.most;
	if (!values.some(isWrong)) return;
	loadTrace(options, (value, { line, time }) => {
		if (isWrong(value))
			throw new ConfigError(
				`Cannot use ${name} as ${limits.what}: line ${line} (${plainText(time)}) has ${limits.say(Number((value / options.scale).toPrecision(12)), value)}`,
			);
	});
}

function belowZero({ values }: Trace, { belowZero: says }: Limits): Note | null {
	if (says === null) return null;
	const below = values.reduce((count, value) => count + (value < 0 ? 1 : 0), 0);
	return below === 0 ? null : note(`values are below 0: ${says}`, below, values.length);
}

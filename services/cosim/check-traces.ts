import type { RosterEntry } from '../../protocol/messages.ts';
import { namedPrng } from '../actor/random.ts';
import { type Gaps, traceGaps } from '../signal/gaps.ts';
import { loadTrace } from '../signal/load.ts';
import { checkTraceCovers, TraceOptions } from '../signal/trace.ts';
import type { SolarConfig } from '../solar/config.ts';
import { skySource } from '../solar/skies.ts';
import type { Frame } from './plan.ts';

/** Gaps of a trace that an actor reads: over them the value before (or after) is held. */
interface TraceGaps extends Gaps {
	readonly actor: string;
}

/**
 * Reads every trace that an actor will read, so that a broken or too short file is found before any process
 * is started.
 *
 * @returns which of them have gaps in the run
 * @throws ConfigError naming the file and what is wrong with it
 */
export function checkTraces(
	actors: readonly Omit<RosterEntry, 'host'>[],
	frame: Frame,
): TraceGaps[] {
	const found: TraceGaps[] = [];
	for (const { name: actor, kind, config } of actors) {
		// A weather file is read as the actor will read it: format, place, gaps and coverage are checked.
		if (kind === 'solar' && (config as SolarConfig).sky.type === 'file')
			skySource(config as SolarConfig, (purpose) => namedPrng(purpose));
		const { source, sky } = config as { source?: unknown; sky?: unknown };
		for (const candidate of [source, sky]) {
			const { type, sampling, ...rest } = (candidate ?? {}) as Record<string, unknown>;
			if (type !== 'trace') continue;
			const { path, column, fill, anchor, scale, civil } = rest;
			const trace = loadTrace(TraceOptions.parse({ path, column, fill, anchor, scale, civil }));
			// A value read at the start of the last step need not hold to its end.
			checkTraceCovers(
				trace,
				sampling === 'start' ? frame.untilUs - frame.stepUs + 1 : frame.untilUs,
			);
			const gaps = traceGaps(trace, frame.untilUs);
			if (gaps.count > 0) found.push({ actor, ...gaps });
		}
	}
	return found;
}

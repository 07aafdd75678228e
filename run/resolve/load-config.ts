import { inCalendar } from '../../feeds/signal/in-calendar.ts';
import { LOAD, traceUnit } from '../../feeds/signal/trace-unit.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import type { LoadConfig } from '../../services/load/kind.ts';
import type { Frame } from './plan.ts';

type KnownLoad = Exclude<Scenario['loads'][number], { type: 'module' | 'external' }>;

/** Loads that are no kind of the user's. */
export function knownLoads({ loads }: Scenario): KnownLoad[] {
	return loads.filter((load) => load.type !== 'module' && load.type !== 'external');
}

/** A load of constant power, or of a file laid into the calendar of the run. */
export function loadConfig(load: KnownLoad, frame: Frame): LoadConfig {
	const { name: _, sign, ...source } = load;
	if (source.type === 'constant') return { stepUs: frame.stepUs, sign, source };
	const { unit: _unit, ...trace } = source;
	const { scale } = traceUnit(source, LOAD);
	return { stepUs: frame.stepUs, sign, source: inCalendar({ ...trace, scale }, frame) };
}

import type { Scenario } from '../../protocol/scenario/scenario.ts';
import type { Drawn } from '../../services/carbon/drawn.ts';
import { knownLoads, loadConfig } from './load-config.ts';
import type { Frame } from './plan.ts';

/**
 * What is drawn at a place, by which the means of its signals are weighted within a step. Undefined where it is not all
 * known before the run (replicas, feeds, kinds of the user's own), or known by step only.
 */
export function drawnLoads(scenario: Scenario, frame: Frame): Drawn | undefined {
	const loads = knownLoads(scenario);
	if (scenario.serving !== null || loads.length < scenario.loads.length) return undefined;
	const traces: Drawn['traces'] = [];
	let constantW = 0;
	for (const load of loads) {
		if (load.type === 'feed' || (load.type === 'trace' && load.sampling === 'start'))
			return undefined;
		const { sign, source } = loadConfig(load, frame, new Map());
		const factor = sign === 'consumer' ? 1 : -1;
		if (source.type === 'constant') constantW += factor * source.powerW;
		if (source.type !== 'trace') continue;
		const { type: _type, sampling: _sampling, ...trace } = source;
		traces.push({ ...trace, scale: factor * trace.scale });
	}
	return traces.length === 0 ? undefined : { constantW, traces };
}

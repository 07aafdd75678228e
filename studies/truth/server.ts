import type { Json } from '../../kernel/files/canonical.ts';
import { serversAlone } from '../../run/resolve/servers-alone.ts';

/** A server as its source describes it. */
export interface ServedBy {
	/** See `servedModel`. */
	readonly model: string;
	/** As devices are called here. */
	readonly device: string;
	readonly tensorParallel: number;
	readonly replicas?: number;
	readonly maxNumSeqs: number;
	readonly maxNumBatchedTokens: number;
	/** Longest prompt and answer together. */
	readonly maxTokens: number;
	readonly prefixCache?: boolean;
	/** What its engine takes beside the kernels; left out: nothing. */
	readonly overheads?: Readonly<Record<string, number>>;
	/** A calibration that ships; left out: none. */
	readonly calibration?: string;
	/** Whether its experts are spread over the GPUs instead of cut. */
	readonly expertParallel?: boolean;
}

/** GPUs whose power by bytes and operations is fitted. */
const ROOFLINES: ReadonlySet<string> = new Set(['h100', 'b200']);

/**
 * The sections of a scenario that say who serves: what a user would write who has this server, and nothing that is fitted to
 * a run. The microgrid is left out.
 */
export function servedBy(server: ServedBy): Record<string, Json> {
	return {
		seed: 'truth',
		...serversAlone(),
		serving: {
			replicas: server.replicas ?? 1,
			model: server.model,
			device: server.device,
			tensorParallel: server.tensorParallel,
			profile: 'kernels',
			powerCurve: ROOFLINES.has(server.device) ? 'roofline' : null,
			scheduler: 'vllm-v1',
			maxNumBatchedTokens: server.maxNumBatchedTokens,
			maxNumSeqs: server.maxNumSeqs,
			maxTokens: server.maxTokens,
			prefixCache: server.prefixCache === true ? { type: 'shared' } : null,
			...(server.calibration === undefined ? {} : { calibration: server.calibration }),
			...(server.overheads === undefined ? {} : { overheads: server.overheads }),
			pue: 1,
		},
	};
}

/** The scenario with values put at dotted paths, such as `serving.profile`. */
export function withSettings(scenario: Json, settings: ReadonlyMap<string, Json>): Json {
	const changed = structuredClone(scenario);
	for (const [path, value] of settings) {
		const keys = path.split('.');
		let at = changed as Record<string, Json>;
		for (const key of keys.slice(0, -1)) {
			const next = at[key];
			at[key] = typeof next === 'object' && next !== null && !Array.isArray(next) ? next : {};
			at = at[key] as Record<string, Json>;
		}
		at[keys.at(-1) as string] = value;
	}
	return changed;
}

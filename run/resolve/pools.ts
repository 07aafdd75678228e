import type { Scenario } from '../../protocol/scenario/scenario.ts';

/** The replicas of a scenario by name. Requests arrive at those of `front`. */
export interface Pools {
	readonly front: readonly string[];
	/** Replicas that go on with requests whose prompts are done; none without disaggregation. */
	readonly decode: readonly string[];
}

/** Who serves: replicas, or the two pools in their place. `prefix` stands before each name. */
export function poolsOf({ serving }: Scenario, prefix: string): Pools {
	const names = (role: string, count: number) =>
		Array.from({ length: count }, (_, i) => `${prefix}${role}-${i + 1}`);
	const pools = serving?.disaggregation ?? null;
	if (pools === null) {
		const places = Math.max(serving?.replicas ?? 0, serving?.scaling?.max ?? 0);
		return { front: names('replica', places), decode: [] };
	}
	return {
		front: names('prefill', pools.prefillReplicas),
		decode: names('decode', pools.decodeReplicas),
	};
}

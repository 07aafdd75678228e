import type { RunMetadata } from '../../protocol/run-folder/metadata.ts';

/** A microgrid before its first step as Vessim's API says it. */
export function vessimConfig(name: string, { microgrids, gridbeat }: RunMetadata): unknown {
	const { actors, dispatchables, policy, coords } = microgrids[name] ?? {};
	const { dispatch, mode } = gridbeat;
	const grid = {
		...{ name: 'grid', type: 'GridConnection', max_import: dispatch?.importLimitW ?? null },
		...{ max_export: null, ramp_up: null, ramp_down: null, initial_power: 0 },
		connected: mode !== 'islanded',
	};
	const batteries = (dispatchables ?? []).map(({ name: battery, type, capacity, min_soc }) => {
		return { name: battery, type: type ?? 'SimpleBattery', capacity, min_soc };
	});
	return {
		name,
		actors: (actors ?? []).map(({ name: actor, signal, consumer, step_size }) => ({
			...{ name: actor, type: consumer === true ? 'Consumer' : 'Producer' },
			...{ signal: signal ?? '', step_size: step_size ?? null },
		})),
		dispatch: [...batteries, grid],
		policy: policy ?? {},
		coords: coords ?? null,
	};
}

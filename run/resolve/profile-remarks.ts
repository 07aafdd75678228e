import { isAbsolute } from 'node:path';
import { note, type Remark } from '../../protocol/remark.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import { loadTables } from '../../silicon/profile/load.ts';
import type { Frame } from './plan.ts';
import { replicaConfig } from './replica-config.ts';

/** Collectives that a run needs are refused where they are missing. */
const REFUSED: readonly string[] = ['all_reduce', 'send_recv'];

/** What a profile of the user's lacks, so that it costs nothing or is taken from beside. Those that ship lack nothing. */
export function profileRemarks(scenario: Scenario, frame: Frame): Remark[] {
	if (scenario.serving === null) return [];
	const { profile, model, device, numTensorParallelWorkers, compatibility } = replicaConfig(
		scenario,
		frame,
	);
	if (!isAbsolute(profile)) return [];
	const { missing = [], filled = 0 } = loadTables(profile, {
		...{ model, device: device.name, compatibility },
		tensorParallel: numTensorParallelWorkers,
	});
	const free = missing.filter((operator) => !REFUSED.includes(operator));
	const notes = [
		...(free.length === 0
			? []
			: [note(`operators without times cost nothing: ${free.join(', ')}`)]),
		...(filled === 0
			? []
			: [
					note(
						'times of attention are not in the tables and taken from those on both sides',
						filled,
					),
				]),
	];
	return notes.map((one) => ({ of: 'profile', ...one }));
}

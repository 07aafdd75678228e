import { isAbsolute } from 'node:path';
import { note, type Remark } from '../../protocol/remark.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import { loadTables } from '../../silicon/profile/load.ts';
import { modelNotes } from '../../silicon/profile/load-cards.ts';
import type { Frame } from './plan.ts';
import { replicaConfig } from './replica-config.ts';

/** Collectives that a run needs are refused where they are missing. */
const REFUSED: readonly string[] = ['all_reduce', 'send_recv'];

/** What a profile or model of the user's lacks, so that it costs nothing or is taken from beside or as another. Those that ship lack nothing. */
export function profileRemarks(scenario: Scenario, frame: Frame): Remark[] {
	if (scenario.serving === null) return [];
	const { profile, model, device, numTensorParallelWorkers, compatibility } = replicaConfig(
		scenario,
		frame,
	);
	const ofModel = modelNotes(scenario.serving.model).map((one) => ({ of: 'model', ...one }));
	if (!isAbsolute(profile)) return ofModel;
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
	return [...ofModel, ...notes.map((one) => ({ of: 'profile', ...one }))];
}

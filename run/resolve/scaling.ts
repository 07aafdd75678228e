import { ConfigError } from '../../protocol/errors.ts';
import type { ReplicaCounts } from '../../protocol/scaling.ts';
import { parseDurationFrom0 } from '../../protocol/scenario/duration.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';

/**
 * How many replicas a scenario has at which time; null: the same number at all times.
 *
 * @throws ConfigError for numbers and times that cannot be, and what cannot be scaled
 */
export function replicaCounts({ serving, requests }: Scenario): ReplicaCounts | null {
	if (serving === null || serving.scaling === null) return null;
	const { replicas, scaling, disaggregation, sleep } = serving;
	const { max } = scaling;
	const refuse = (reason: string): never => {
		throw new ConfigError(`Cannot scale replicas: ${reason}`);
	};
	if (disaggregation !== null) refuse('two pools keep their numbers; drop serving.disaggregation');
	if (sleep !== null)
		refuse(
			'a replica that sleeps without work is never off; drop serving.sleep or serving.scaling',
		);
	if (requests.policy === 'prefix')
		refuse('requests.policy prefix knows no replicas that come and go');
	if (replicas > max)
		refuse(`serving.replicas ${replicas} is more than serving.scaling.max ${max}`);
	let beforeUs = -1;
	const schedule = scaling.schedule.map(({ at, replicas: count }) => {
		const fromUs = parseDurationFrom0(at, 'serving.scaling.schedule');
		if (fromUs < beforeUs)
			refuse(`the times of serving.scaling.schedule must not go back, "${at}" does`);
		if (count > max)
			refuse(`${count} replicas at "${at}" are more than serving.scaling.max ${max}`);
		beforeUs = fromUs;
		return { fromUs, replicas: count };
	});
	return { initial: replicas, schedule };
}

import { type Note, note } from '../../protocol/remark.ts';
import type { Sampling } from '../../protocol/signals.ts';
import { spanText } from './gaps.ts';

/**
 * A signal that changes within a step, of which the run knows one figure for the step. Null: it does not.
 *
 * @param isWeighted whether the loads are known within the step, and weigh it
 */
export function coarseNote(
	signalUs: number | null,
	stepUs: number,
	sampling: Sampling | undefined,
	isWeighted = false,
): Note | null {
	if (signalUs === null || signalUs >= stepUs) return null;
	const changes = `values change every ${spanText(signalUs / 1e6)}; a step of ${spanText(stepUs / 1e6)} takes`;
	if (sampling === 'start') return note(`${changes} the one at its start (sampling: start)`);
	return note(
		isWeighted
			? `${changes} their mean, weighted by the loads`
			: `${changes} their mean, whatever was drawn when within it`,
	);
}

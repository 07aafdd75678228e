import { type CapRule, type CapSignal, capThreshold } from '../../protocol/scenario/caps.ts';
import type { Mark } from './figure.ts';

/** The thresholds of the rules on a signal, as lines of the figure that shows it. */
export function capMarks(
	rules: readonly CapRule[] | null | undefined,
	wanted: Exclude<CapSignal, 'soc' | 'event'>,
): Mark[] {
	return (rules ?? []).flatMap((rule) => {
		const value = rule.above ?? rule.below;
		if (rule.signal !== wanted || value === undefined) return [];
		const of = wanted === 'marginal' ? ' (marginal)' : '';
		return [{ value, label: `cap ${capThreshold(rule)}${of}` }];
	});
}

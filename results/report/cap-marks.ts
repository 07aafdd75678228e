import { type CapRule, type CapSignal, capThreshold } from '../../protocol/scenario/caps.ts';
import type { Mark } from './figure.ts';

/** Rules as the report has read them: null for one that it does not know, of another version. */
type CapRules = readonly (CapRule | null)[] | null | undefined;

/** The thresholds of the rules on a signal, as lines of the figure that shows it. */
export function capMarks(rules: CapRules, wanted: Exclude<CapSignal, 'soc'>): Mark[] {
	return (rules ?? []).flatMap((rule) => {
		const value = rule?.above ?? rule?.below;
		if (rule?.signal !== wanted || value === undefined) return [];
		const of = wanted === 'marginal' ? ' (marginal)' : '';
		return [{ value, label: `cap ${capThreshold(rule)}${of}` }];
	});
}

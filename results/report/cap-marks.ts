import { type CapRule, type CapSignal, capThreshold } from '../../protocol/scenario/caps.ts';
import type { Mark } from './figure.ts';
import { formatNumber } from './format.ts';

/** Rules as the report has read them: null for one that it does not know, of another version. */
type CapRules = readonly (CapRule | null)[] | null | undefined;

/** The thresholds of the rules on a signal, as lines of the figure that shows it; states of charge in percent. */
export function capMarks(rules: CapRules, wanted: CapSignal): Mark[] {
	return (rules ?? []).flatMap((rule) => {
		const value = rule?.above ?? rule?.below;
		if (rule?.signal !== wanted || value === undefined) return [];
		if (wanted === 'soc') {
			const side = rule.above === undefined ? 'below' : 'above';
			return [{ value: 100 * value, label: `cap ${side} ${formatNumber(100 * value)} %` }];
		}
		const of = wanted === 'marginal' ? ' (marginal)' : '';
		return [{ value, label: `cap ${capThreshold(rule)}${of}` }];
	});
}

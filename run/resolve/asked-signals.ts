import type { Scenario } from '../../protocol/scenario/scenario.ts';

/** Which signals the choice of a site uses. */
export function askedSignals({ requests }: Scenario): { carbon: boolean; price: boolean } {
	const { geo } = requests;
	const weights = geo?.policy === 'weighted' ? geo.weights : { carbon: 0, price: 0 };
	return {
		carbon: geo?.policy === 'greenest' || weights.carbon > 0,
		price: geo?.policy === 'cheapest' || weights.price > 0,
	};
}

import type { RunMetadata } from '../../protocol/run-folder/metadata.ts';
import { carbonLedger } from '../accounting/ledger.ts';
import { siteSteps } from './booked-steps.ts';
import type { LoadRates } from './step-energies.ts';
import type { Steps } from './steps.ts';

/**
 * What each kWh of load answers for: the carbon and the cost of imports at the time of import, both followed through the
 * batteries to the load.
 */
export function loadRatesOf(steps: Steps, metadata: RunMetadata): LoadRates {
	const site = siteSteps(steps);
	const openingGPerKwh = metadata.gridbeat.accounting?.openingGPerKwh ?? 0;
	const { carbon, price } = steps;
	return {
		gPerKwh: carbon === null ? null : carbonLedger(site, carbon, openingGPerKwh).loadGPerKwh,
		// What a battery holds at the start was paid for before the run.
		usdPerKwh: price === null ? null : carbonLedger(site, price, 0).loadGPerKwh,
	};
}

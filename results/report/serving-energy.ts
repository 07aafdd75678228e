import type { LoadParts, ServingEnergy } from '../../protocol/run-folder/summary-serving.ts';
import type { CarbonLedger } from '../accounting/ledger.ts';
import { curveBandOf } from './curve-band.ts';
import { replicaAccountsOf } from './replica-accounts.ts';
import type { Requests, Run } from './run.ts';
import { quantiles } from './serving-summary.ts';
import type { StepEnergies } from './step-energies.ts';
import type { Steps } from './steps.ts';

/** Null where the run does not say what its energy was for. */
export function servingEnergyOf(run: Run, carbon: CarbonLedger | null): ServingEnergy | null {
	const { usage, requests, steps } = run;
	const energies = usage?.energies ?? null;
	if (energies === null) return null;
	const each = requests === null ? null : energyOfRequests(requests);
	const perTokenJ = (wh: Float64Array | undefined, tokens: Float64Array | undefined) =>
		wh === undefined || tokens === undefined ? Number.NaN : (3600 * total(wh)) / total(tokens);
	const kwh = partsOf(energies, steps, null);
	return {
		kwh,
		carbonG: carbon === null ? null : partsOf(energies, steps, carbon.loadGPerKwh),
		sleepKwh: total(energies.sleepWh) / 1000,
		inFlightPrefillWh: 1000 * kwh.prefill - completedWh(each?.prefillWh, requests, steps),
		inFlightDecodeWh: 1000 * kwh.decode - completedWh(each?.decodeWh, requests, steps),
		curve: curveBandOf(run, energies, carbon?.loadGPerKwh ?? null),
		requestWh:
			each === null
				? null
				: quantiles(each.prefillWh.map((wh, i) => wh + (each.decodeWh[i] as number))),
		requestG:
			each === null || requests === null || carbon === null
				? null
				: quantiles(carbonOfRequests(each, requests, steps, carbon.loadGPerKwh)),
		perPromptTokenJ: perTokenJ(each?.prefillWh, requests?.prefillTokens),
		perOutputTokenJ: perTokenJ(each?.decodeWh, requests?.decodeTokens),
		replicas: replicaAccountsOf(run, energies.replicas),
	};
}

/** Sums over steps, each times its own grams per kWh; null: as energy. */
function partsOf(
	energies: StepEnergies,
	{ count, loadW, stepS }: Steps,
	gPerKwh: Float64Array | null,
): LoadParts {
	let [prefill, decode, idle, hosts, overhead, other] = [0, 0, 0, 0, 0, 0];
	for (let k = 0; k < count; k++) {
		const factor = (gPerKwh === null ? 1 : (gPerKwh[k] as number)) / 1000;
		const [prefillWh, decodeWh] = [energies.prefillWh[k] as number, energies.decodeWh[k] as number];
		const [idleWh, facilityWh] = [energies.idleWh[k] as number, energies.facilityWh[k] as number];
		prefill += prefillWh * factor;
		decode += decodeWh * factor;
		const serverWh = energies.serverWh[k] as number;
		idle += idleWh * factor;
		hosts += serverWh * factor;
		overhead += (facilityWh - prefillWh - decodeWh - idleWh - serverWh) * factor;
		other += (((loadW[k] as number) * stepS) / 3600 - facilityWh) * factor;
	}
	return { prefill, decode, idle, hosts, overhead, other };
}

function total(values: Float64Array): number {
	return values.reduce((sum, value) => sum + value, 0);
}

/** Energy of requests that completed within the steps, Wh; NaN where the run kept no requests. */
function completedWh(
	wh: Float64Array | undefined,
	requests: Requests | null,
	{ count, stepS }: Steps,
): number {
	if (wh === undefined || requests === null) return Number.NaN;
	const { arrivedS, e2eS } = requests;
	const isWithin = (i: number) => (arrivedS[i] as number) + (e2eS[i] as number) <= count * stepS;
	return wh.reduce((sum, value, i) => (isWithin(i) ? sum + value : sum), 0);
}

interface RequestEnergies {
	readonly prefillWh: Float64Array;
	readonly decodeWh: Float64Array;
}

function energyOfRequests({ prefillWh, decodeWh }: Requests): RequestEnergies | null {
	return prefillWh === null || decodeWh === null ? null : { prefillWh, decodeWh };
}

/**
 * Carbon of each request, g: the energy of its prompt at the mean intensity from its arrival to its first token, that
 * of its answer at the mean from there to its end.
 */
function carbonOfRequests(
	{ prefillWh, decodeWh }: RequestEnergies,
	{ arrivedS, ttftS, e2eS }: Requests,
	{ count, stepS }: Steps,
	gPerKwh: Float64Array,
): Float64Array {
	const before = new Float64Array(count + 1);
	for (let k = 0; k < count; k++) before[k + 1] = (before[k] as number) + (gPerKwh[k] as number);
	/** Integral of the intensity from the start, in steps. */
	const upTo = (timeS: number): number => {
		const at = Math.min(Math.max(0, timeS / stepS), count);
		const k = Math.min(Math.floor(at), count - 1);
		return (before[k] as number) + (at - k) * (gPerKwh[k] as number);
	};
	const meanOver = (fromS: number, untilS: number): number => {
		const steps = (untilS - fromS) / stepS;
		if (steps > 0) return (upTo(untilS) - upTo(fromS)) / steps;
		return gPerKwh[Math.min(count - 1, Math.floor(fromS / stepS))] as number;
	};
	return prefillWh.map((wh, i) => {
		const arrived = arrivedS[i] as number;
		const first = arrived + (ttftS[i] as number);
		const end = arrived + (e2eS[i] as number);
		const grams = wh * meanOver(arrived, first) + (decodeWh[i] as number) * meanOver(first, end);
		return grams / 1000;
	});
}

import type { CarbonLedger } from '../accounting/ledger.ts';
import type { Requests, Run, Steps } from './run.ts';
import { type Quantiles, quantiles } from './serving-summary.ts';
import type { ReplicaEnergy, StepEnergies } from './step-energies.ts';

/** Energy in kWh or carbon in g of the load, by what it was for. The parts add up to the load's. */
export interface LoadParts {
	/** Of all GPUs, with a request's prompt or its answer in the batch. */
	readonly prefill: number;
	readonly decode: number;
	/** Of GPUs without a batch. */
	readonly idle: number;
	/** What the facility adds to its GPUs. */
	readonly overhead: number;
	/** Loads beside the replicas. */
	readonly other: number;
}

/** What serving used, and for what (docs/energy-accounting.md). NaN stands for a figure that does not exist. */
export interface ServingEnergy {
	readonly kwh: LoadParts;
	/** At the intensity of what served the load in each step; null without a carbon signal. */
	readonly carbonG: LoadParts | null;
	/** GPU energy of a completed request, Wh, and its carbon, g; null where the run kept no requests or no signal. */
	readonly requestWh: Quantiles | null;
	readonly requestG: Quantiles | null;
	/** GPU energy of all prompts over their tokens, and of all answers over theirs, J; of completed requests. */
	readonly perPromptTokenJ: number;
	readonly perOutputTokenJ: number;
	readonly replicas: readonly ReplicaEnergy[];
}

/** Null where the run does not say what its energy was for. */
export function servingEnergyOf(
	{ usage, requests, steps }: Run,
	carbon: CarbonLedger | null,
): ServingEnergy | null {
	const energies = usage?.energies ?? null;
	if (energies === null) return null;
	const each = requests === null ? null : energyOfRequests(requests);
	const total = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0);
	const perTokenJ = (wh: Float64Array | undefined, tokens: Float64Array | undefined) =>
		wh === undefined || tokens === undefined ? Number.NaN : (3600 * total(wh)) / total(tokens);
	return {
		kwh: partsOf(energies, steps, null),
		carbonG: carbon === null ? null : partsOf(energies, steps, carbon.loadGPerKwh),
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
		replicas: energies.replicas,
	};
}

/** Sums over steps, each times its own grams per kWh; null: as energy. */
function partsOf(
	energies: StepEnergies,
	{ count, loadW, stepS }: Steps,
	gPerKwh: Float64Array | null,
): LoadParts {
	let [prefill, decode, idle, overhead, other] = [0, 0, 0, 0, 0];
	for (let k = 0; k < count; k++) {
		const factor = (gPerKwh === null ? 1 : (gPerKwh[k] as number)) / 1000;
		const [prefillWh, decodeWh] = [energies.prefillWh[k] as number, energies.decodeWh[k] as number];
		const [idleWh, facilityWh] = [energies.idleWh[k] as number, energies.facilityWh[k] as number];
		prefill += prefillWh * factor;
		decode += decodeWh * factor;
		idle += idleWh * factor;
		overhead += (facilityWh - prefillWh - decodeWh - idleWh) * factor;
		other += (((loadW[k] as number) * stepS) / 3600 - facilityWh) * factor;
	}
	return { prefill, decode, idle, overhead, other };
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

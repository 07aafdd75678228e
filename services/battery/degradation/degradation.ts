import { addToRainflow, type CycleVisitor, endRainflow } from './rainflow.ts';

/**
 * Capacity fade of a lithium-ion battery by B. Xu, A. Oudalov, A. Ulbig, G. Andersson, D. S. Kirschen, "Modeling of
 * Lithium-Ion Battery Degradation for Cell Life Assessment", IEEE Trans. Smart Grid 9(2), 2018, pp. 1131-1140
 * (online 2016), doi:10.1109/TSG.2016.2578950: stress adds up over time and cycles to f, and the capacity lost is
 *
 *     L(f) = 1 - a exp(-b f) - (1 - a) exp(-f)
 *
 * The constants are those that the paper fits to cells of lithium manganese oxide.
 */
const XU_LMO = {
	/** Share of the capacity that forming the solid-electrolyte interphase takes, and how fast. */
	seiShare: 5.75e-2,
	seiRate: 121,
	/** Stress of a cycle of depth d: 1 / (depthFactor * d^depthExponent + depthOffset). */
	depthFactor: 1.4e5,
	depthExponent: -5.01e-1,
	depthOffset: -1.23e5,
	/** Stress grows with exp(socFactor * (mean state of charge - socReference)). */
	socFactor: 1.04,
	socReference: 0.5,
	/** Arrhenius' law around 25 degC: exp(temperatureFactor * (T - reference) * reference / T), T in kelvin. */
	temperatureFactor: 6.93e-2,
	temperatureReferenceK: 298.15,
	/** Stress of a second of calendar time. */
	calendarPerS: 4.14e-10,
} as const;

export interface DegradationOptions {
	readonly temperatureC: number;
	/** Share of the capacity lost before. */
	readonly initialFade: number;
	/** Share lost at which the battery is replaced. */
	readonly endOfLifeFade: number;
	readonly replacementUsdPerKwh: number;
	readonly capacityKwh: number;
}

/** What a run did to a battery. */
export interface Degradation {
	/** Capacity lost during the run, percent of the new battery's. */
	readonly fadePercent: number;
	/** Share of the stress that came from cycles and not from the calendar, percent. */
	readonly cycleSharePercent: number;
	/** Stress of the run as a share of the stress up to the end of life, percent. */
	readonly lifeUsedPercent: number;
	/** That share of the price of replacing it. */
	readonly costUsd: number;
	/** Cycles by rainflow counting, halves included, whatever their depth. */
	readonly cycles: number;
	readonly deepestPercent: number;
}

/** Capacity lost at a stress. */
export function fadeAt(stress: number): number {
	const { seiShare, seiRate } = XU_LMO;
	return 1 - seiShare * Math.exp(-seiRate * stress) - (1 - seiShare) * Math.exp(-stress);
}

/** The stress at which a share of the capacity is lost: `fadeAt` backwards, to the last bit. */
export function stressAt(fade: number): number {
	let low = 0;
	let high = 1;
	while (fadeAt(high) < fade) high *= 2;
	for (let middle = 0.5 * high; middle > low && middle < high; middle = 0.5 * (low + high)) {
		if (fadeAt(middle) < fade) low = middle;
		else high = middle;
	}
	return fade <= 0 ? 0 : high;
}

/** Stress of one full cycle of a depth (0 to 1) around a mean state of charge. */
export function cycleStress(depth: number, meanSoc: number, temperatureC: number): number {
	const { depthFactor, depthExponent, depthOffset } = XU_LMO;
	if (depth <= 0) return 0;
	const byDepth = 1 / (depthFactor * depth ** depthExponent + depthOffset);
	return byDepth * socStress(meanSoc) * temperatureStress(temperatureC);
}

function socStress(soc: number): number {
	return Math.exp(XU_LMO.socFactor * (soc - XU_LMO.socReference));
}

function temperatureStress(temperatureC: number): number {
	const { temperatureFactor, temperatureReferenceK } = XU_LMO;
	const kelvin = temperatureC + 273.15;
	return Math.exp(
		(temperatureFactor * (kelvin - temperatureReferenceK) * temperatureReferenceK) / kelvin,
	);
}

/** A battery's past as far as its wear depends on it. Plain data, changed in place. */
export interface Wear {
	/** Reversals of the state of charge whose cycles are still open. */
	readonly open: number[];
	/** Stress of the cycles that are closed. */
	cyclic: number;
	/** Seconds, each weighed by its state of charge. */
	weighedS: number;
	/** NaN before the first. */
	lastSoc: number;
}

/** The wear of a path that has yet to begin. */
export function newWear(): Wear {
	return { open: [], cyclic: 0, weighedS: 0, lastSoc: Number.NaN };
}

/** The next state of charge of a path, `stepS` after the one before. */
function addWear(wear: Wear, soc: number, stepS: number, visit: CycleVisitor): void {
	addToRainflow(wear.open, soc, visit);
	if (!Number.isNaN(wear.lastSoc)) wear.weighedS += stepS * socStress((wear.lastSoc + soc) / 2);
	wear.lastSoc = soc;
}

function calendarStress({ weighedS }: Wear, temperatureC: number): number {
	return weighedS * (XU_LMO.calendarPerS * temperatureStress(temperatureC));
}

/** Follows a battery through a run; the same figures as `degradationOf` its whole path. */
export function wearOn(wear: Wear, soc: number, stepS: number, temperatureC: number): void {
	addWear(wear, soc, stepS, ({ range, mean, count }) => {
		wear.cyclic += count * cycleStress(range, mean, temperatureC);
	});
}

/**
 * The share of what it held at the start of the path that a battery still holds; cycles that are open count by half.
 *
 * @param initialFade of the new battery's capacity, lost before
 */
export function capacityLeft(wear: Wear, temperatureC: number, initialFade: number): number {
	let stress = wear.cyclic + calendarStress(wear, temperatureC);
	endRainflow([...wear.open], ({ range, mean, count }) => {
		stress += count * cycleStress(range, mean, temperatureC);
	});
	return (1 - fadeAt(stressAt(initialFade) + stress)) / (1 - initialFade);
}

/**
 * What a path of states of charge, one every `stepS` seconds, did to a battery. Calendar stress is summed over
 * the steps at the state of charge of each.
 */
export function degradationOf(
	soc: ArrayLike<number>,
	stepS: number,
	options: DegradationOptions,
): Degradation {
	const { temperatureC, initialFade, endOfLifeFade, replacementUsdPerKwh, capacityKwh } = options;
	let [cyclic, cycles, deepest] = [0, 0, 0];
	const visit: CycleVisitor = ({ range, mean, count }) => {
		cyclic += count * cycleStress(range, mean, temperatureC);
		cycles += count;
		deepest = Math.max(deepest, range);
	};
	const wear = newWear();
	for (let i = 0; i < soc.length; i++) addWear(wear, soc[i] as number, stepS, visit);
	endRainflow(wear.open, visit);
	const before = stressAt(initialFade);
	const stress = cyclic + calendarStress(wear, temperatureC);
	const lifeUsed = stress / stressAt(endOfLifeFade);
	return {
		fadePercent: 100 * (fadeAt(before + stress) - fadeAt(before)),
		cycleSharePercent: stress > 0 ? (100 * cyclic) / stress : Number.NaN,
		lifeUsedPercent: 100 * lifeUsed,
		costUsd: lifeUsed * replacementUsdPerKwh * capacityKwh,
		cycles,
		deepestPercent: 100 * deepest,
	};
}

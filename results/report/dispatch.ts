import type { DispatchLimits } from '../../protocol/run-folder/metadata.ts';
import type { Reached } from '../../protocol/run-folder/summary-energy.ts';
import { usToSeconds } from '../../protocol/time.ts';
import { type Degradation, degradationOf } from '../../services/battery/degradation/degradation.ts';
import { fuelLPerH } from '../accounting/fuel.ts';
import { decayOver, type HindsightBattery, type HindsightCase, needKw } from '../hindsight/case.ts';
import { solveHindsight } from '../hindsight/hindsight.ts';
import { rampsWithin } from './grid-ramps.ts';
import type { Run } from './run.ts';
import type { BatterySeries } from './steps.ts';

/** What follows from what batteries and generators of a run could have done: fuel, ageing, the best dispatch. */

type Battery = DispatchLimits['batteries'][number];
type Generator = DispatchLimits['generators'][number];

/** Litres burnt in the run, each times `perL` of its generator (kg of CO2, USD). */
export function fuelOf(run: Run, perL: (generator: Generator) => number): number {
	return fuelOverTime(run, perL).reduce((sum, value) => sum + value, 0);
}

/** The same, step by step. */
export function fuelOverTime(run: Run, perL: (generator: Generator) => number): Float64Array {
	const { steps, metadata } = run;
	const burnt = new Float64Array(steps.count);
	for (const generator of metadata.gridbeat.dispatch?.generators ?? []) {
		const series = steps.generators.find(({ name }) => name === generator.name);
		const each = (perL(generator) * steps.stepS) / 3600;
		for (const [i, powerW] of (series?.powerW ?? []).entries())
			burnt[i] = (burnt[i] as number) + fuelLPerH(generator, powerW) * each;
	}
	return burnt;
}

/** Null unless the scenario says how the battery ages. */
export function degradationIn(run: Run, series: BatterySeries): Degradation | null {
	const battery = limitsOf(run, series.name);
	if (battery === null || battery.degradation === null || series.soc.length === 0) return null;
	const last = storedAtEndWh(battery, series, run.steps.stepS) / lastCapacityWh(battery, series);
	return degradationOf([...series.soc, last], run.steps.stepS, {
		...battery.degradation,
		capacityKwh: battery.capacityWh / 1000,
	});
}

/** What a battery of the run allows at most; null where the run does not say. */
export function limitsOf(run: Run, name: string): Battery | null {
	return run.metadata.gridbeat.dispatch?.batteries.find((one) => one.name === name) ?? null;
}

/** Capacity in the last step: the one at the start, but for a battery that wore out in the run. */
export function lastCapacityWh(
	{ capacityWh, degradation }: Battery,
	{ soc, storedWh }: Pick<BatterySeries, 'soc' | 'storedWh'>,
): number {
	const [share, level] = [soc.at(-1) ?? 0, storedWh.at(-1) ?? 0];
	return degradation?.inRun === true && share > 0 ? level / share : capacityWh;
}

/** The rows hold the state before each step; this is the state after the last one. */
function storedAtEndWh(
	battery: Battery,
	{ soc, storedWh, powerW }: BatterySeries,
	stepS: number,
): number {
	const { left, hours } = decayOver(battery.selfDischargePerHour, stepS / 3600);
	const flowW = powerW?.at(-1) ?? 0;
	const intoW = flowW > 0 ? flowW * battery.etaCharge : flowW / battery.etaDischarge;
	const startWh = (soc.at(-1) as number) * lastCapacityWh(battery, { soc, storedWh });
	return Math.max(0, startWh * left + (intoW - battery.standbyW) * hours);
}

/**
 * How much of what was possible the policy reached, for emissions and for cost as far as the run has a signal
 * of each. The best dispatch knows the whole run, has the same load (less what went unserved), production and
 * stores, and ends with at least as much stored; `results/hindsight/program.ts` says how it is relaxed.
 */
export async function reachedOf(run: Run): Promise<Reached[]> {
	const { steps, metadata } = run;
	const limits = metadata.gridbeat.dispatch ?? null;
	const isKnown = steps.batteries.every(({ name, powerW }) => powerW && limitsOf(run, name));
	if (limits === null || !isKnown || steps.count === 0) return [];
	if (steps.batteries.length + steps.generators.length === 0) return [];
	const goals = [
		{ goal: 'emissions', signal: steps.carbon, perL: gramsPerL },
		{ goal: 'marginal', signal: steps.marginal, perL: gramsPerL },
		{ goal: 'cost', signal: steps.price, perL: (generator: Generator) => generator.fuelUsdPerL },
	] as const;
	const reached: Reached[] = [];
	for (const { goal, signal, perL } of goals) {
		if (signal === null) continue;
		const weights = limits.generators.map(
			(one) => (one.fuelSlopeLPerKwh + one.fuelInterceptLPerKwh) * perL(one),
		);
		const pay = goal === 'cost' ? earningsOf(run) : null;
		// What would cost is not exported where it may be curtailed.
		const earnings = limits.curtails === true ? (pay?.map((usd) => Math.max(0, usd)) ?? null) : pay;
		const objective = { weights: signal, earnings, generatorWeights: weights };
		const bound = await solveHindsight(caseOf(run, limits), objective);
		if (bound === null) continue;
		const actual = importWeight(run, signal) - earned(run, pay) + fuelOf(run, perL);
		reached.push(reachedFrom(goal, { ...bound, actual }));
	}
	return reached;
}

/**
 * The same for several sites together, each with the load that it had: that another site might have served a request is not
 * looked at. Goals of which a site does not know its best are left out; a site that had nothing to decide counts with
 * what it did.
 */
export function reachedTogether(
	sites: readonly { readonly run: Run; readonly reached: readonly Reached[] }[],
): Reached[] {
	return (['emissions', 'marginal', 'cost'] as const).flatMap((goal) => {
		const parts = sites.flatMap(({ run, reached }) => {
			const own = reached.find((one) => one.goal === goal);
			const { steps } = run;
			const signals = { emissions: steps.carbon, marginal: steps.marginal, cost: steps.price };
			const signal = signals[goal];
			if (own !== undefined || signal === null) return own ?? [];
			if (steps.batteries.length + steps.generators.length > 0) return [];
			const earnings = goal === 'cost' ? earningsOf(run) : null;
			const actual = importWeight(run, signal) - earned(run, earnings);
			return { baseline: actual, actual, optimum: actual, isLoose: false };
		});
		if (parts.length < sites.length || sites.every(({ reached }) => reached.length === 0))
			return [];
		const add = (of: (part: (typeof parts)[number]) => number) =>
			parts.reduce((sum, part) => sum + of(part), 0);
		return reachedFrom(goal, {
			baseline: add(({ baseline }) => baseline),
			actual: add(({ actual }) => actual),
			optimum: add(({ optimum }) => optimum),
			isLoose: parts.some((part) => part.isLoose === true),
		});
	});
}

type Figures = Pick<Reached, 'baseline' | 'actual' | 'optimum'> & { readonly isLoose?: boolean };

function reachedFrom(
	goal: Reached['goal'],
	{ baseline, actual, optimum, isLoose }: Figures,
): Reached {
	const gain = baseline - optimum;
	const isWorth = gain > 1e-6 * Math.max(Math.abs(baseline), Math.abs(optimum));
	const reached = isWorth ? (100 * (baseline - actual)) / gain : Number.NaN;
	return { goal, baseline, actual, optimum, reached, ...(isLoose === true ? { isLoose } : {}) };
}

function gramsPerL({ co2KgPerL }: Generator): number {
	return 1000 * co2KgPerL;
}

function importWeight({ steps }: Run, signal: Float64Array): number {
	let sum = 0;
	for (let i = 0; i < steps.count; i++)
		sum += Math.max(0, -(steps.gridW[i] as number)) * (signal[i] as number);
	return (sum * steps.stepS) / 3_600_000;
}

/** What a kWh earns that is exported, by step, as the bill counts it; null: nothing. */
function earningsOf({ steps, metadata }: Run): Float64Array | null {
	if (steps.exportPay !== null) return steps.exportPay;
	const usdPerKwh = metadata.gridbeat.accounting?.exportUsdPerKwh ?? 0;
	return usdPerKwh === 0 ? null : new Float64Array(steps.count).fill(usdPerKwh);
}

function earned({ steps }: Run, earnings: Float64Array | null): number {
	if (earnings === null) return 0;
	let sum = 0;
	for (let i = 0; i < steps.count; i++)
		sum += Math.max(0, steps.gridW[i] as number) * (earnings[i] as number);
	return (sum * steps.stepS) / 3_600_000;
}

function kwOrNone(watts: number | null): number | null {
	return watts === null ? null : watts / 1000;
}

function caseOf(run: Run, limits: DispatchLimits): HindsightCase {
	const { steps } = run;
	const isIslanded = run.metadata.gridbeat.mode === 'islanded';
	return {
		stepH: steps.stepS / 3600,
		needKw: steps.loadW.map((loadW, i) =>
			needKw(loadW - (steps.unservedW[i] as number), steps.productionW[i] as number),
		),
		connected: isIslanded ? new Float64Array(steps.count) : steps.connected,
		importLimitKw: kwOrNone(limits.importLimitW),
		exportLimitKw: kwOrNone(limits.exportLimitW ?? null),
		...rampsWithin(limits, steps),
		mayCurtail: limits.curtails === true || steps.curtailedW.some((watts) => watts > 0),
		batteriesExport: limits.batteriesExport ?? true,
		batteries: steps.batteries.map((series) => hindsightBattery(run, series)),
		generators: limits.generators.map(({ ratedPowerW }) => ({ ratedKw: ratedPowerW / 1000 })),
	};
}

function hindsightBattery(run: Run, series: BatterySeries): HindsightBattery {
	const battery = limitsOf(run, series.name) as Battery;
	const kwh = (wh: number) => wh / 1000;
	const { capacityWh, etaCharge, etaDischarge, selfDischargePerHour } = battery;
	const minWh = battery.minSoc * lastCapacityWh(battery, series);
	const floorsWh = floorsOf(run, battery, series);
	return {
		initialKwh: kwh((series.soc[0] as number) * capacityWh),
		finalKwh: kwh(storedAtEndWh(battery, series, run.steps.stepS)),
		// Of a capacity that shrank the last one bounds below and the first one above: at most in its favour.
		minKwh: kwh(floorsWh?.reduce((least, wh) => Math.min(least, wh), minWh) ?? minWh),
		floorsKwh: floorsWh?.map(kwh),
		maxKwh: kwh(battery.maxSoc * capacityWh),
		maxChargeKw: kwOrNone(battery.maxChargeW),
		maxDischargeKw: kwOrNone(battery.maxDischargeW),
		...{ etaCharge, etaDischarge, selfDischargePerHour, standbyKw: kwh(battery.standbyW) },
	};
}

/**
 * What a battery was to hold at least at the end of each step where that was changed in the course of the run, Wh: as much of
 * it as it held, since one that holds less gives nothing and is no failure. Null where it was not changed.
 */
function floorsOf(
	{ told, steps }: Run,
	battery: Battery,
	series: BatterySeries,
): Float64Array | null {
	const set = told.flatMap(({ fromUs, command }) => {
		if (command.type !== 'set' || command.key !== 'minSoc') return [];
		if (command.actor !== series.name) return [];
		const soc = typeof command.value === 'number' ? command.value : battery.minSoc;
		// The range of the step in which it is set was announced before.
		return [{ step: usToSeconds(fromUs) / steps.stepS + 1, soc }];
	});
	if (set.length === 0) return null;
	const capacityWh = lastCapacityWh(battery, series);
	const atEndWh = storedAtEndWh(battery, series, steps.stepS);
	return Float64Array.from({ length: steps.count }, (_, i) => {
		const soc = set.findLast(({ step }) => step <= i)?.soc ?? battery.minSoc;
		const next = series.soc[i + 1];
		return Math.min(soc * capacityWh, next === undefined ? atEndWh : next * capacityWh);
	});
}

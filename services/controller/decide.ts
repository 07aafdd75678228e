import { hourOf, makeLocalClock, wallMs, weekdayOf } from '../../feeds/signal/local-clock.ts';
import { isRounding } from '../../protocol/rounding.ts';
import type { ControllerConfig } from './config.ts';
import type { ControllerState } from './controller-state.ts';
import { type Dispatch, dispatch, emptyDispatch } from './dispatch-policy.ts';
import { emptyEventView } from './event-view.ts';
import { type GeneratorRule, generatorPowerW } from './generators.ts';
import { makePlugin } from './plugin.ts';
import { type Decided, holdBetween, holdImport, keepFromGrid, settle } from './settle.ts';
import { shedBySocW, shedCapW, shedDeficit, updateShedding } from './shedding.ts';
import { makeStrategy, type PolicyMemory, type PolicyView } from './strategy.ts';

/** Everything that is known of a step before it is decided; filled in by the controller. */
function makeView(config: ControllerConfig) {
	const batteries = config.batteries.length;
	const generators = config.generators.length;
	const socs = new Float64Array(batteries);
	return {
		timeUs: 0,
		stepUs: config.stepUs,
		/** Of all members; `deltaW` is that without what was shed and with generators. */
		surplusW: 0,
		/** All that members make and take: what the rounding of their sum goes by. */
		grossW: 0,
		deltaW: 0,
		carbon: Number.NaN,
		marginal: Number.NaN,
		price: Number.NaN,
		exportPay: Number.NaN,
		forecast: emptyForecast(config),
		/** Share of all batteries' capacity that is stored; NaN without one. */
		totalSoc: Number.NaN,
		soc: socs as ArrayLike<number>,
		socs,
		capacityWh: Float64Array.from(config.batteries, (battery) => battery.capacityWh),
		minW: new Float64Array(batteries),
		maxW: new Float64Array(batteries),
		fuelMinW: new Float64Array(generators),
		fuelMaxW: new Float64Array(generators),
		mayStop: new Float64Array(generators),
		isAvailable: true,
		/** The grid is there and the mode lets it be used; set by `decide`. */
		isConnected: true,
		importLimitW: Number.POSITIVE_INFINITY,
		exportLimitW: Number.POSITIVE_INFINITY,
		events: emptyEventView(),
	};
}

/** Room for what is expected of each signal that is reported; null: none is. */
function emptyForecast({
	forecast,
	signals,
	carbonSignal,
	marginalSignal,
	exportSignal,
}: ControllerConfig) {
	if (forecast === null) return null;
	const price =
		signals.find(({ name, unit }) => unit === 'USD/kWh' && name !== exportSignal)?.name ?? null;
	const room = (name: string | null) =>
		name !== null && forecast.signals.includes(name) ? new Float64Array(forecast.hours) : null;
	return { carbon: room(carbonSignal), marginal: room(marginalSignal), price: room(price) };
}

/** The rule of a configuration, and what it remembers at first. */
function strategyOf(
	{ strategy, clock, batteries, policy }: ControllerConfig,
	actor: string,
	decided: Dispatch,
): { strategy: SteeredStrategy; initialMemory: string } {
	if (strategy === null)
		return {
			strategy: (view) => void dispatch(policy, view.deltaW, view, decided),
			initialMemory: 'null',
		};
	if (strategy.type !== 'plugin')
		return { strategy: steerable(strategy, clock), initialMemory: 'null' };
	const local = makeLocalClock(clock.startEpochMs, clock.timezone);
	return makePlugin(strategy, { names: batteries.map(({ name }) => name), actor }, (timeUs) => {
		const wall = wallMs(local, timeUs);
		const minute = Math.floor(wall / 60_000) % 60;
		return { hour: hourOf(wall), minute, weekday: weekdayOf(wall) };
	});
}

type SteeredStrategy = (
	view: PolicyView,
	memory: PolicyMemory,
	setpointsW: number[],
	/** Figures that were changed in the course of the run, by key. */
	changed: Readonly<Record<string, number>>,
) => void;

/** A policy whose figures may change: it is made anew where they do. */
function steerable(
	config: Parameters<typeof makeStrategy>[0],
	clock: ControllerConfig['clock'],
): SteeredStrategy {
	const usual = makeStrategy(config, clock);
	let last = { key: '', strategy: usual };
	return (view, memory, setpointsW, changed) => {
		const key = JSON.stringify(changed);
		if (key === '{}') return usual(view, memory, setpointsW);
		if (key !== last.key)
			last = { key, strategy: makeStrategy({ ...config, ...changed } as typeof config, clock) };
		return last.strategy(view, memory, setpointsW);
	};
}

const ISLANDED = { mode: 'islanded', chargePowerW: 0 } as const;
const NOTHING = { importW: 0, exportW: 0 };
const NO_BOUNDS = { lowestW: Number.NEGATIVE_INFINITY, highestW: Number.POSITIVE_INFINITY };

/** What a step is decided of, and its outcome. */
interface Step {
	readonly view: ReturnType<typeof makeView>;
	readonly served: { surplusW: number; grossW: number };
	readonly limits: { importW: number; exportW: number };
	readonly result: Decided;
	/** Whether what batteries give may flow into the grid. */
	readonly batteriesExport: boolean;
}

/**
 * Keeps the change since the step before within its limits: batteries and generators first, then production is curtailed.
 * What is left flows, as the grid has it: no load is refused for a ramp.
 *
 * @param beforeW what flowed to the grid then
 */
function keepRamps(
	{ upW, downW }: NonNullable<ControllerConfig['ramps']>,
	beforeW: number,
	{ view, served, limits, result, batteriesExport }: Step,
): void {
	const lowestW = downW === null ? Number.NEGATIVE_INFINITY : beforeW - downW;
	const highestW = upW === null ? Number.POSITIVE_INFINITY : beforeW + upW;
	// What the limits of the connection exclude is none of a ramp's business.
	const within = (powerW: number) => Math.max(0 - limits.importW, Math.min(limits.exportW, powerW));
	const between = { lowestW: within(lowestW), highestW: within(highestW) };
	let restW = holdBetween(served, between, view, result);
	if (!batteriesExport) {
		keepFromGrid(view.deltaW, result.decided.setpointsW);
		restW = holdBetween(served, NO_BOUNDS, view, result);
	}
	if (restW <= between.highestW) return;
	let producedW = (view.grossW + view.surplusW) / 2;
	for (let i = 0; i < result.generatorsW.length; i++) producedW += result.generatorsW[i] as number;
	limits.exportW = Math.max(between.highestW, restW - producedW);
}

/**
 * One step of dispatch: loads that a state of charge sheds, generators by their rules, batteries by the policy
 * (by Vessim's default where there is no grid), then what the grid's limits change about it, and what is shed
 * for want of power.
 */
export function makeDecider(config: ControllerConfig, actor: string) {
	const view = makeView(config);
	const { shedding, exports, ramps } = config;
	const decided = emptyDispatch(config.batteries.length);
	const { strategy, initialMemory } = strategyOf(config, actor, decided);
	const generatorsW = new Array<number>(config.generators.length).fill(0);
	const result = { decided, generatorsW, unservedW: 0, shedCapW: Number.POSITIVE_INFINITY };
	const limits = { importW: 0, exportW: 0 };
	/** A module of the user's decides for itself. */
	const responds = (config.gridEvents?.isRespondedTo ?? true) && config.strategy?.type !== 'plugin';
	const curtailBelow = exports?.curtailBelowUsdPerKwh ?? Number.NEGATIVE_INFINITY;
	const served = { surplusW: 0, grossW: 0 };
	const batteriesExport = exports?.batteriesExport !== false;
	const parts: Step = { view, served, limits, result, batteriesExport };
	const memberIndex = new Map(config.members.map(({ name }, i) => [name, i]));
	let members: ArrayLike<number> = [];
	const demandW = (name: string) => Math.max(0, -(members[memberIndex.get(name) ?? -1] as number));

	/** Sets the generators' powers by their rules. Returns their sum, W. */
	function runGenerators(state: ControllerState, deltaW: number): number {
		let madeW = 0;
		for (let i = 0; i < generatorsW.length; i++) {
			const rule = config.generators[i] as GeneratorRule;
			const ran = (state.generatorsW[i] as number) > 0;
			// What is left of a need that others have met is rounding; no generator starts for it.
			const leftW = deltaW + madeW;
			const isMet = isRounding(leftW, view.grossW + madeW);
			const each = { ...view, deltaW: isMet ? 0 : leftW, soc: view.totalSoc };
			generatorsW[i] = generatorPowerW(rule, i, each, ran);
			madeW += generatorsW[i] as number;
		}
		return madeW;
	}

	/** The policy, or a charge that is forced on the batteries. */
	function runPolicy(state: ControllerState): void {
		const { chargePowerW, policy } = state.steered;
		const isForced = chargePowerW !== null && (config.strategy === null || chargePowerW !== 0);
		if (isForced) dispatch({ mode: 'grid-connected', chargePowerW }, view.deltaW, view, decided);
		else strategy(view, state.policy, decided.setpointsW, policy);
		// What batteries hold is kept for the event.
		if (responds && view.events.isAhead)
			for (let i = 0; i < decided.setpointsW.length; i++)
				decided.setpointsW[i] = Math.max(0, decided.setpointsW[i] as number);
	}

	/**
	 * Decides the step in `view`; the outcome is in `result`.
	 *
	 * @param membersW power of each member in this step
	 * @returns the deficit that ends the run, W; 0: none
	 */
	function decide(state: ControllerState, membersW: ArrayLike<number>): number {
		members = membersW;
		view.isConnected =
			config.policy.mode === 'grid-connected' && view.isAvailable && state.steered.island !== true;
		view.deltaW = view.surplusW;
		let shedW = 0;
		if (shedding !== null) {
			const soc = view.totalSoc;
			const deltaW = isRounding(view.surplusW, view.grossW) ? 0 : view.surplusW;
			updateShedding(shedding, state.shed, { ...view, deltaW, soc });
			shedW = shedBySocW(shedding, state.shed, demandW);
		}
		const servedW = view.surplusW + shedW;
		view.deltaW = generatorsW.length === 0 ? servedW : servedW + runGenerators(state, servedW);
		if (view.isConnected) {
			runPolicy(state);
			if (!batteriesExport) keepFromGrid(view.deltaW, decided.setpointsW);
		} else dispatch(ISLANDED, view.deltaW, view, decided);
		limits.importW = view.isConnected ? view.importLimitW : NOTHING.importW;
		limits.exportW = view.isConnected ? view.exportLimitW : NOTHING.exportW;
		if (view.exportPay < curtailBelow) limits.exportW = 0;
		served.surplusW = servedW;
		served.grossW = view.grossW;
		const { targetW } = view.events;
		if (view.isConnected && responds && targetW < limits.importW)
			holdImport(served, targetW, view, result);
		if (ramps !== undefined && view.isConnected && state.gridW !== null)
			keepRamps(ramps, state.gridW, parts);
		settle(served, limits, view, result);
		const { deficitW } = decided;
		result.unservedW = shedW + deficitW;
		if (shedding === null) return deficitW;
		if (deficitW > 0) {
			const { grossW, totalSoc: soc } = view;
			shedDeficit(shedding, state.shed, { deficitW, grossW, soc }, demandW);
		}
		result.shedCapW = shedCapW(shedding, state.shed);
		return 0;
	}

	return { view, result, decide, initialMemory };
}
export type Decider = ReturnType<typeof makeDecider>;

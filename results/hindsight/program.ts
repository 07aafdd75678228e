import { AGREEMENT, ROUNDING } from '../../protocol/rounding.ts';
import type { Block, Reach } from './blocks.ts';
import { decayOver, type HindsightBattery, type HindsightCase, type Objective } from './case.ts';

/** What the program is made of beside the run. */
export interface Plan {
	readonly blocks: readonly Block[];
	readonly objective: Objective;
	readonly scale: Scale;
	/** Whether flows against each other are excluded by binaries; else by the hull of both. */
	readonly isInteger: boolean;
}

/** Up to so many blocks each is decided for itself, whether flows against each other would gain in it or not. */
const ALL_DECIDED_MAX = 100;

/**
 * The program of the best dispatch, in CPLEX LP format. In each block k: import i, spill x (exported or
 * curtailed), of it export e where that earns anything, and for each battery charge c, discharge d and stored energy z above its
 * minimum, for each generator g:
 *
 *     i - x + sum(d - c) + sum(g) = need,  e <= x
 *     z(k+1) <= left * z(k) + etaCharge * c * hours - d / etaDischarge * hours'
 *     minimise sum over k of hours * (weight * i - earning * e + sum(generator weight * g))
 *
 * Where flows against each other would gain (a negative price, exports that earn more than imports cost), binaries u and v say
 * which of them there is:
 *
 *     i <= most * u,  x <= most * (1 - u),  c <= most * v,  d <= most * (1 - v)
 *
 * In a block of many steps they are the shares of its steps, and no integers: the hull of what its steps can do.
 * A program without such a block is exact in this as it stands: either flow against the other loses. In one with such a block
 * losing energy may gain, too. So all charge or discharge there, and what is lost beside the efficiencies, l, is together
 * no more than standby and self-discharge below the minimum took up to then: `z(k+1) = ... - l(k)`.
 *
 * Ramps of the grid hold between steps that stand for themselves, see `rampRows`.
 *
 * What remains a relaxation of what batteries and generators can do: a
 * generator may run at any load at the efficiency of its rated power and start at will, self-discharge is
 * counted only above the minimum, standby need not be, and within a block
 * self-discharge counts in the battery's favour. So its optimum is at most what any policy reaches.
 */
export function programOf(run: HindsightCase, plan: Plan): string {
	const { blocks, scale } = plan;
	const text: Rows = { objective: [], rows: [], bounds: [], binaries: [] };
	const kw = (value: number) => number(value / scale.powerKw);
	for (const [b, battery] of run.batteries.entries()) {
		text.bounds.push(`z${b}_0 = ${kw(Math.max(0, battery.initialKwh - battery.minKwh))}`);
	}
	let steps = 0;
	const areLossesBound = blocks.some(isExcluded);
	blocks.forEach((block, k) => {
		steps += block.steps;
		const balance = [...gridTerms(run, plan, k, text), ...generatorTerms(run, plan, k, text)];
		text.rows.push(...rampRows(run, plan, { k, step: steps - 1 }));
		for (const [b, battery] of run.batteries.entries()) {
			balance.push(`+ d${b}_${k} - c${b}_${k}`);
			const row = storeRow(battery, block, run.stepH, { b, k });
			text.rows.push(areLossesBound ? `${row} + l${b}_${k} = 0` : `${row} <= 0`);
			const end = { step: steps - 1, isLast: k === blocks.length - 1 };
			text.bounds.push(...storeBounds(battery, end, { b, k, kw }));
			if (areLossesBound) {
				boundLosses(run, battery, block, { b, k, kw, text });
				excludeBattery(run, battery, block, { b, k, kw, text, blocks: blocks.length });
			}
		}
		text.rows.push(`${balance.join(' ')} = ${kw(block.needKw)}`);
	});
	const goal = text.objective.length === 0 ? '0 x_0' : text.objective.join('\n');
	const integers =
		plan.isInteger && text.binaries.length > 0 ? `Binary\n${text.binaries.join('\n')}\n` : '';
	return `Minimize\nobj: ${goal}\nSubject To\n${text.rows.join('\n')}\nBounds\n${text.bounds.join('\n')}\n${integers}End\n`;
}

/** The sections of the program. */
interface Rows {
	readonly objective: string[];
	readonly rows: string[];
	readonly bounds: string[];
	readonly binaries: string[];
}

function isExcluded({ isOpposed, isConnected }: Block): boolean {
	return isOpposed && isConnected;
}

/** Import and spill of a block. Returns their terms of its balance. */
function gridTerms(run: HindsightCase, { blocks, objective, scale }: Plan, k: number, text: Rows) {
	const block = blocks[k] as Block;
	const kw = (value: number) => number(value / scale.powerKw);
	const hours = block.steps * run.stepH;
	text.bounds.push(`x_${k} >= ${kw(block.spillFloorKw)}`);
	if (!run.batteriesExport) {
		const made = run.generators.map((_, g) => `- g${g}_${k}`);
		text.rows.push(
			`x_${k} ${made.join(' ')} <= ${kw(Math.max(block.surplusKw, block.spillFloorKw))}`,
		);
	}
	if (!block.isConnected) return [`- x_${k}`];
	text.objective.push(term((hours * block.weight) / scale.cost, `i_${k}`));
	text.bounds.push(importBounds(block, run, { k, kw }));
	if (objective.earnings !== null && block.earning !== 0) {
		text.objective.push(term((-hours * block.earning) / scale.cost, `e_${k}`));
		text.rows.push(`e_${k} - x_${k} ${block.earning < 0 && !run.mayCurtail ? '=' : '<='} 0`);
		if (run.exportLimitKw !== null) text.bounds.push(`0 <= e_${k} <= ${kw(run.exportLimitKw)}`);
	}
	if (isExcluded(block)) {
		const importMost = kw(Math.min(block.importMostKw, run.importLimitKw ?? block.importMostKw));
		const spillMost = kw(block.spillMostKw);
		text.rows.push(`i_${k} - ${importMost} u_${k} <= 0`);
		text.rows.push(`x_${k} + ${spillMost} u_${k} <= ${spillMost}`);
		text.bounds.push(`0 <= u_${k} <= 1`);
		text.binaries.push(`u_${k}`);
	}
	return [`- x_${k}`, `+ i_${k}`];
}

function generatorTerms(
	run: HindsightCase,
	{ blocks, objective, scale }: Plan,
	k: number,
	text: Rows,
) {
	const hours = (blocks[k] as Block).steps * run.stepH;
	return run.generators.map(({ ratedKw }, g) => {
		const weight = objective.generatorWeights[g] as number;
		text.objective.push(term((hours * weight) / scale.cost, `g${g}_${k}`));
		text.bounds.push(`0 <= g${g}_${k} <= ${number(ratedKw / scale.powerKw)}`);
		return `+ g${g}_${k}`;
	});
}

/**
 * From one step to the next, where both stand for themselves: imports grow no faster than the ramp, beside what may have
 * been exported, and fall no faster, beside what may have been curtailed. What a policy does is among it.
 */
function rampRows(
	{ ramps }: HindsightCase,
	{ blocks, scale }: Plan,
	{ k, step }: { readonly k: number; readonly step: number },
): string[] {
	const [before, now] = [blocks[k - 1], blocks[k] as Block];
	if (ramps === undefined || before === undefined || before.steps > 1 || now.steps > 1) return [];
	if (!before.isConnected || !now.isConnected) return [];
	const row = (terms: string, limitKw: number) =>
		Number.isFinite(limitKw) ? [`${terms} <= ${number(limitKw / scale.powerKw)}`] : [];
	return [
		...row(`i_${k} - i_${k - 1} - x_${k}`, ramps.downKw[step] as number),
		...row(`i_${k - 1} - i_${k} - x_${k - 1}`, ramps.upKw[step] as number),
	];
}

type Place = { b: number; k: number; kw: Text; text: Rows };

/** What is lost in all blocks so far is what standby and the minimum's self-discharge took of it. */
function boundLosses(
	{ stepH }: HindsightCase,
	{ selfDischargePerHour, standbyKw, initialKwh, minKwh, maxKwh }: HindsightBattery,
	{ steps }: Block,
	{ b, k, kw, text }: Place,
): void {
	const { left, hours } = decayOver(selfDischargePerHour, steps * stepH);
	// In a block of many steps self-discharge counts in the battery's favour, which may be as much as all of it.
	const decayingKwh = steps > 1 ? maxKwh : minKwh;
	const lostKwh = decayingKwh * (1 - left) + standbyKw * hours + AGREEMENT * maxKwh;
	const before = k === 0 ? '' : ` - a${b}_${k - 1}`;
	const atFirst = k === 0 ? Math.max(0, minKwh - initialKwh) : 0;
	// The allowance that is left over.
	text.rows.push(`a${b}_${k}${before} + l${b}_${k} = ${kw(lostKwh + atFirst)}`);
}

/** Either charged or discharged. */
function excludeBattery(
	run: HindsightCase,
	battery: HindsightBattery,
	{ steps, isOpposed }: Block,
	{ b, k, kw, text, blocks }: Place & { blocks: number },
): void {
	const { bringKw, takeKw } = reachOf({ ...run, batteries: [battery], generators: [] });
	text.rows.push(`c${b}_${k} - ${kw(takeKw)} v${b}_${k} <= 0`);
	text.rows.push(`d${b}_${k} + ${kw(bringKw)} v${b}_${k} <= ${kw(bringKw)}`);
	text.bounds.push(`0 <= v${b}_${k} <= 1`);
	if (steps === 1 && (isOpposed || blocks <= ALL_DECIDED_MAX)) text.binaries.push(`v${b}_${k}`);
}

type Text = (valueKw: number) => string;

/**
 * What is stored, at the end as much as the run left, and before as much as was demanded then; the level itself is rounded to
 * what the battery holds.
 */
function storeBounds(
	{ finalKwh, minKwh, maxKwh, floorsKwh, maxChargeKw, maxDischargeKw }: HindsightBattery,
	{ step, isLast }: { step: number; isLast: boolean },
	{ b, k, kw }: { b: number; k: number; kw: Text },
): string[] {
	const demandedKwh = Math.max(isLast ? finalKwh : 0, floorsKwh?.[step] ?? 0);
	const leastKwh = Math.max(0, demandedKwh - minKwh - AGREEMENT * maxKwh);
	const mostKwh = Math.max(leastKwh, maxKwh - minKwh);
	return [
		`${kw(leastKwh)} <= z${b}_${k + 1} <= ${kw(mostKwh)}`,
		...(maxChargeKw === null ? [] : [`0 <= c${b}_${k} <= ${kw(maxChargeKw)}`]),
		...(maxDischargeKw === null ? [] : [`0 <= d${b}_${k} <= ${kw(maxDischargeKw)}`]),
	];
}

/** What is 1 in the program. */
export interface Scale {
	/** Of powers, and times an hour of energies. */
	readonly powerKw: number;
	/** Of what a kW costs over a block. */
	readonly cost: number;
}

/**
 * HiGHS keeps rows, bounds and reduced costs to 1e-7, whatever they are in. So powers are held against the largest that
 * is needed or made, costs against the dearest: a microgrid of 1 W is solved as well as one of 100 MW.
 */
export function scaleOf(
	run: HindsightCase,
	blocks: readonly Block[],
	generatorWeights: readonly number[],
): Scale {
	let [powerKw, cost] = [0, 0];
	// What batteries can do is done for its own sake there.
	if (blocks.some(isExcluded)) {
		const { bringKw, takeKw } = reachOf(run);
		powerKw = Math.max(bringKw, takeKw);
	}
	// Less than this is the rounding of what a battery stores.
	for (const { maxKwh } of run.batteries)
		powerKw = Math.max(powerKw, (ROUNDING * maxKwh) / run.stepH);
	for (const { ratedKw } of run.generators) powerKw = Math.max(powerKw, ratedKw);
	for (const { needKw, steps, weight, earning } of blocks) {
		const dearest = generatorWeights.reduce(
			(most, one) => Math.max(most, one),
			Math.max(Math.abs(weight), Math.abs(earning)),
		);
		powerKw = Math.max(powerKw, Math.abs(needKw));
		cost = Math.max(cost, steps * run.stepH * dearest);
	}
	return { powerKw: powerKw || 1, cost: cost || 1 };
}

function importBounds(
	{ importFloorKw, importCeilingKw }: Block,
	{ importLimitKw }: HindsightCase,
	{ k, kw }: { k: number; kw: Text },
): string {
	const limit = Math.min(importLimitKw ?? Number.POSITIVE_INFINITY, importCeilingKw);
	const most = Number.isFinite(limit) ? ` <= ${kw(Math.max(limit, importFloorKw))}` : '';
	return `${kw(importFloorKw)} <= i_${k}${most}`;
}

function storeRow(
	battery: HindsightBattery,
	block: Block,
	stepH: number,
	{ b, k }: { b: number; k: number },
): string {
	const { selfDischargePerHour, etaCharge, etaDischarge } = battery;
	const step = decayOver(selfDischargePerHour, stepH);
	const left = Math.exp(-selfDischargePerHour * stepH * block.steps);
	const into = block.steps * step.hours * etaCharge;
	// What is taken early in the block is missed less at its end.
	const out = (block.steps * step.hours * (left / step.left)) / etaDischarge;
	return `z${b}_${k + 1} ${term(-left, `z${b}_${k}`)} ${term(-into, `c${b}_${k}`)} ${term(out, `d${b}_${k}`)}`;
}

/**
 * The most that all batteries and generators can bring or take in one step. A battery without a bound on power
 * can at most fill up or empty.
 */
export function reachOf({ batteries, generators, stepH }: HindsightCase): Reach {
	let [bringKw, takeKw] = [0, 0];
	for (const battery of batteries) {
		const { hours } = decayOver(battery.selfDischargePerHour, stepH);
		const fullKw = battery.maxKwh / hours + battery.standbyKw;
		bringKw += Math.min(
			battery.maxDischargeKw ?? Number.POSITIVE_INFINITY,
			fullKw * battery.etaDischarge,
		);
		takeKw += Math.min(battery.maxChargeKw ?? Number.POSITIVE_INFINITY, fullKw / battery.etaCharge);
	}
	for (const { ratedKw } of generators) bringKw += ratedKw;
	return { bringKw, takeKw };
}

function term(factor: number, name: string): string {
	return `${factor < 0 ? '-' : '+'} ${number(Math.abs(factor))} ${name}`;
}

/** Without the plus that JavaScript writes into exponents and the LP format does not know. */
function number(value: number): string {
	return String(value).replace('e+', 'e');
}

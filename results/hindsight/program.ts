import { AGREEMENT, ROUNDING } from '../../protocol/rounding.ts';
import type { Block, Reach } from './blocks.ts';
import { decayOver, type HindsightBattery, type HindsightCase } from './case.ts';

/**
 * The linear program of the best dispatch, in CPLEX LP format. In each block k: import i, spill x (exported or
 * curtailed; neither earns anything), and for each battery charge c, discharge d and stored energy z above its
 * minimum, for each generator g:
 *
 *     i - x + sum(d - c) + sum(g) = need
 *     z(k+1) <= left * z(k) + etaCharge * c * hours - d / etaDischarge * hours'
 *     minimise sum over k of hours * (weight * i + sum(generator weight * g))
 *
 * It is a relaxation of what batteries and generators can do: charge and discharge may come together, a
 * generator may run at any load at the efficiency of its rated power and start at will, self-discharge is
 * counted only above the minimum, standby not at all, energy may be thrown away, and within a block
 * self-discharge counts in the battery's favour. So its optimum is at most what any policy reaches.
 */
export function programOf(
	run: HindsightCase,
	blocks: readonly Block[],
	generatorWeights: readonly number[],
	scale: Scale,
): string {
	const objective: string[] = [];
	const rows: string[] = [];
	const bounds: string[] = [];
	const kw = (value: number) => number(value / scale.powerKw);
	for (const [b, battery] of run.batteries.entries()) {
		bounds.push(`z${b}_0 = ${kw(Math.max(0, battery.initialKwh - battery.minKwh))}`);
	}
	let steps = 0;
	blocks.forEach((block, k) => {
		steps += block.steps;
		const hours = block.steps * run.stepH;
		const balance: string[] = [`- x_${k}`];
		bounds.push(`x_${k} >= ${kw(block.spillFloorKw)}`);
		if (block.isConnected) {
			balance.push(`+ i_${k}`);
			objective.push(term((hours * block.weight) / scale.cost, `i_${k}`));
			bounds.push(importBounds(block, run, { k, kw }));
		}
		for (const [g, { ratedKw }] of run.generators.entries()) {
			balance.push(`+ g${g}_${k}`);
			objective.push(term((hours * (generatorWeights[g] as number)) / scale.cost, `g${g}_${k}`));
			bounds.push(`0 <= g${g}_${k} <= ${kw(ratedKw)}`);
		}
		for (const [b, battery] of run.batteries.entries()) {
			balance.push(`+ d${b}_${k} - c${b}_${k}`);
			rows.push(storeRow(battery, block, run.stepH, { b, k }));
			const end = { step: steps - 1, isLast: k === blocks.length - 1 };
			bounds.push(...storeBounds(battery, end, { b, k, kw }));
		}
		rows.push(`${balance.join(' ')} = ${kw(block.needKw)}`);
	});
	const goal = objective.length === 0 ? '0 x_0' : objective.join('\n');
	return `Minimize\nobj: ${goal}\nSubject To\n${rows.join('\n')}\nBounds\n${bounds.join('\n')}\nEnd\n`;
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
	// Less than this is the rounding of what a battery stores.
	for (const { maxKwh } of run.batteries)
		powerKw = Math.max(powerKw, (ROUNDING * maxKwh) / run.stepH);
	for (const { ratedKw } of run.generators) powerKw = Math.max(powerKw, ratedKw);
	for (const { needKw, steps, weight } of blocks) {
		const dearest = generatorWeights.reduce((most, one) => Math.max(most, one), Math.abs(weight));
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
	return `z${b}_${k + 1} ${term(-left, `z${b}_${k}`)} ${term(-into, `c${b}_${k}`)} ${term(out, `d${b}_${k}`)} <= 0`;
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

import { basename } from 'node:path';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { NO_OVERHEADS } from '../../protocol/scenario/overheads.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import {
	type CalibrationError,
	type CalibrationFile,
	gpuPowerOf,
	overheadsOf,
} from '../../run/resolve/calibration.ts';
import { findModel } from '../../silicon/profile/load-cards.ts';
import { type AlignedPower, alignPower, powerPairs, powerStepS } from './align-power.ts';
import { errorsOf, latencyPairs, type Pairs, type Part, partsOf, ratios } from './compare-log.ts';
import { type Fit, fitValues, type Parameter } from './fit.ts';
import type { Logs } from './read-log.ts';
import { LogSimulation, type Simulated, type Values } from './simulate-log.ts';

/** What may be fitted, as it is asked for. */
export const FITTED = ['api', 'tokenize', 'step', 'sampling', 'kernels', 'power'] as const;
export type Fitted = (typeof FITTED)[number];

export interface CalibrateOptions {
	readonly serving: NonNullable<Scenario['serving']>;
	/** What is fitted; null: all that the log and the model allow but the tokeniser. */
	readonly fitted: readonly Fitted[] | null;
	readonly heldOut: { readonly by: 'time' | 'requests'; readonly fraction: number };
	/** For the file: when it was measured, and of what engine. */
	readonly date: string;
	readonly engine: string | null;
	/** Hears in a line how far it is. */
	readonly onProgress: (text: string) => void;
}

/** What a calibration came to. */
export interface Calibrated {
	readonly file: CalibrationFile;
	readonly notes: readonly string[];
	/** Values that the log does not tell, so that they are near those of the scenario. */
	readonly open: readonly string[];
	readonly runs: number;
}

type OverheadName = keyof Values['overheads'];

const OVERHEADS: readonly (Omit<Parameter<OverheadName>, 'start'> & { readonly of: Fitted })[] = [
	{ of: 'api', name: 'apiMs', spread: 40, difference: 2, least: 0, most: 60_000 },
	{ of: 'tokenize', name: 'tokenizeUsPerToken', spread: 10, difference: 1, least: 0, most: 1e4 },
	{ of: 'step', name: 'stepMs', spread: 3, difference: 0.3, least: 0, most: 1000 },
	{ of: 'sampling', name: 'samplingNs', spread: 1, difference: 0.1, least: 0, most: 1000 },
	{
		...{ of: 'kernels', name: 'kernelScale', spread: 0.4, difference: 0.03 },
		...{ least: 0.05, most: 20, isFactor: true },
	},
];

/** A value is told by a log where less than this part of what was not known of it is left open. */
const TOLD = 0.5;

/**
 * Fits overheads and power to the logs of a run, by running the product on its arrivals and lengths.
 *
 * @throws ConfigError for logs that do not go together, and for a scenario that cannot serve them
 */
export async function calibrate(logs: Logs, options: CalibrateOptions): Promise<Calibrated> {
	const { served, power } = logs;
	const simulation = new LogSimulation(
		served,
		options.serving,
		power === null ? 60 : powerStepS(power),
	);
	try {
		return await fitted(logs, options, simulation);
	} finally {
		simulation.end();
	}
}

async function fitted(
	logs: Logs,
	options: CalibrateOptions,
	simulation: LogSimulation,
): Promise<Calibrated> {
	const { served } = logs;
	const { serving, onProgress } = options;
	const parts = partsOf(served, options.heldOut);
	const start: Values = { overheads: overheadsOf(serving), power: null };
	const before = await simulation.run(start);
	if (latencyPairs(served, before, parts.fitted).length === 0)
		throw new ConfigError(
			`Cannot calibrate to "${logs.paths.join(' ')}": nothing is left to fit; hold less than ${options.heldOut.fraction} out`,
		);
	const timing = await fitTiming({
		served,
		options,
		simulation,
		part: parts.fitted,
		start,
		before,
	});
	const timed: Values = { overheads: { ...start.overheads, ...timing.values }, power: null };
	const timedRun = await simulation.run(timed);
	const asked = options.fitted === null || options.fitted.includes('power');
	const aligned = asked ? aligning(logs, timedRun) : null;
	onProgress(`times fitted in ${simulation.runs} runs`);
	const watts =
		aligned === null
			? null
			: await fitPower({ aligned, simulation, timed, part: parts.fitted, serving });
	const values: Values = watts === null ? timed : { ...timed, power: watts.power };
	const after = watts === null ? timedRun : await simulation.run(values);
	const pairsOf = (run: Simulated, part: Part) => [
		...latencyPairs(served, run, part),
		...(aligned === null ? [] : [powerPairs(aligned, run, part)]),
	];
	const errors = (['fitted', 'held out'] as const).flatMap((of) => {
		const part = of === 'fitted' ? parts.fitted : parts.heldOut;
		return compared(of, pairsOf(before, part), pairsOf(after, part));
	});
	const open = [...openOf(timing), ...(watts === null ? [] : openOf(watts.fit))];
	return {
		file: fileOf({ logs, options, values, names: Object.keys(timing.values), errors }),
		notes: [...served.notes, ...(aligned?.note ? [aligned.note] : [])],
		open,
		runs: simulation.runs,
	};
}

function compared(
	of: CalibrationError['of'],
	before: readonly Pairs[],
	after: readonly Pairs[],
): CalibrationError[] {
	return after.flatMap((pairs) => {
		const old = before.find(({ figure }) => figure === pairs.figure);
		if (old === undefined || pairs.measured.length === 0) return [];
		const { figure, measured } = pairs;
		return [{ figure, of, count: measured.length, before: errorsOf(old), after: errorsOf(pairs) }];
	});
}

function openOf({ leftOpen }: Fit): string[] {
	return Object.entries(leftOpen).flatMap(([name, part]) => (part > TOLD ? [name] : []));
}

interface Timing {
	readonly served: Logs['served'];
	readonly options: CalibrateOptions;
	readonly simulation: LogSimulation;
	readonly part: Part;
	readonly start: Values;
	readonly before: Simulated;
}

async function fitTiming(timing: Timing): Promise<Fit> {
	const { served, options, simulation, part, start, before } = timing;
	const hasVocabulary = findModel(options.serving.model).vocabulary !== undefined;
	const hasTtft = latencyPairs(served, before, part).some(({ figure }) => figure === 'TTFT');
	const asked = options.fitted;
	if (asked?.includes('sampling') === true && !hasVocabulary)
		throw new ConfigError(
			`Cannot fit the sampling: the card of model "${options.serving.model}" has no vocabulary`,
		);
	const usual = (of: Fitted) =>
		(of !== 'tokenize' && of !== 'sampling' && of !== 'api') ||
		(of === 'sampling' && hasVocabulary) ||
		(of === 'api' && hasTtft);
	const parameters = OVERHEADS.filter(({ of }) => asked?.includes(of) ?? usual(of)).map(
		({ of: _, ...parameter }): Parameter => ({
			...parameter,
			start: start.overheads[parameter.name],
		}),
	);
	if (parameters.length === 0) return { values: {}, leftOpen: {}, evaluations: 0 };
	return fitValues(parameters, async (values) => {
		const overheads = { ...start.overheads, ...values };
		const run = await simulation.run({ overheads, power: null });
		return ratios(latencyPairs(served, run, part));
	});
}

function aligning({ power, served, paths }: Logs, simulated: Simulated): AlignedPower | null {
	if (power === null) return null;
	try {
		return alignPower(power, served, simulated);
	} catch (error) {
		throw new ConfigError(`Cannot calibrate to "${paths.join(' ')}": ${messageOf(error)}`);
	}
}

interface Watts {
	readonly aligned: AlignedPower;
	readonly simulation: LogSimulation;
	readonly timed: Values;
	readonly part: Part;
	readonly serving: CalibrateOptions['serving'];
}

async function fitPower({ aligned, simulation, timed, part, serving }: Watts) {
	const { idleW, maxW, saturationMfu, powerExponent, roofline } = gpuPowerOf(serving);
	const seen = aligned.watts.filter((value) => !Number.isNaN(value));
	const mostW = seen.reduce((most, value) => Math.max(most, value), 1);
	const idle = { ...ofWatts('idleW', idleW, mostW), spread: 0.5 * mostW };
	const shape: Parameter[] =
		roofline === undefined
			? [
					ofWatts('maxW', maxW, mostW),
					{
						...{ name: 'powerExponent', start: powerExponent, spread: 0.5, difference: 0.05 },
						...{ least: 0.02, most: 4, isFactor: true },
					},
				]
			: (['baseW', 'memoryW', 'computeW'] as const).map((name) => ({
					...ofWatts(name, roofline[name], mostW),
					most: 10 * mostW,
				}));
	const power = (values: Readonly<Record<string, number>>): NonNullable<Values['power']> => {
		const { baseW = 0, memoryW = 0, computeW = 0, ...others } = values;
		return {
			...{ idleW, maxW, saturationMfu, powerExponent, ...others },
			...(roofline === undefined
				? {}
				: { roofline: { ...roofline, ...{ baseW, memoryW, computeW } } }),
		};
	};
	const fit = await fitValues([idle, ...shape], async (values) => {
		const run = await simulation.run({ ...timed, power: power(values) });
		return ratios([powerPairs(aligned, run, part)]);
	});
	return { fit, power: power(rounded(fit.values)) };
}

function ofWatts(name: string, start: number, mostW: number): Parameter {
	return { name, start, spread: mostW, difference: 0.05 * mostW, least: 1, most: 3 * mostW };
}

/** Four digits say more than a log does. */
function rounded<T extends Readonly<Record<string, number>>>(values: T): T {
	return Object.fromEntries(
		Object.entries(values).map(([key, value]) => [key, Number(value.toPrecision(4))]),
	) as T;
}

interface Written {
	readonly logs: Logs;
	readonly options: CalibrateOptions;
	readonly values: Values;
	/** Overheads that were fitted. */
	readonly names: readonly string[];
	readonly errors: readonly CalibrationError[];
}

function fileOf({ logs, options, values, names, errors }: Written): CalibrationFile {
	const { serving, engine, date } = options;
	const { model, device, tensorParallel, pipelineStages, profile, scheduler } = serving;
	// Those of the scenario too: they are part of what fits.
	const kept = Object.entries(values.overheads).filter(
		([name, value]) => names.includes(name) || value !== NO_OVERHEADS[name as OverheadName],
	);
	return {
		about: `${model} on ${device}, fitted to ${logs.served.requests.length} requests`,
		source: `gridbeat calibrate ${logs.paths.map((path) => basename(path)).join(' ')} (${logs.served.format}${logs.power === null ? '' : `, ${logs.power.format}`})`,
		date,
		...(engine === null ? {} : { engine }),
		of: { model, device, tensorParallel, pipelineStages, profile, scheduler },
		overheads: rounded(Object.fromEntries(kept)),
		...(values.power === null ? {} : { power: values.power }),
		errors: [...errors],
	};
}

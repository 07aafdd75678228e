import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as z from 'zod';
import { fileStamp } from '../../kernel/files/file-stamp.ts';
import { projectFile } from '../../kernel/files/project-file.ts';
import { ConfigError } from '../../protocol/errors.ts';
import { knownText } from '../../protocol/nearest-name.ts';
import { given as givenBy, type Origin } from '../../protocol/origin.ts';
import { given } from '../../protocol/scenario/given.ts';
import { looksLikeFile } from '../../protocol/scenario/name-or-file.ts';
import { NO_OVERHEADS, Overheads } from '../../protocol/scenario/overheads.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';

import { findDevice, findGpuPower } from '../../silicon/device.ts';
import { type GpuPower, Roofline } from '../../silicon/profile/load-power.ts';
import { parseRaw, readYaml } from './scenario-file.ts';

type Serving = NonNullable<Scenario['serving']>;

/** How far figures are from those measured, in percent of these. */
const Errors = z.strictObject({
	/** Mean without sign; null: single values could not be compared. */
	meanPercent: z.number().nullable(),
	biasPercent: z.number(),
	p50Percent: z.number(),
	p90Percent: z.number(),
	p99Percent: z.number(),
});

/** A figure of a run that was measured, beside what the product says of it without and with the calibration. */
export const CalibrationError = z.strictObject({
	figure: z.enum(['TTFT', 'TPOT', 'e2e', 'power']),
	of: z.enum(['fitted', 'held out']),
	count: z.int().nonnegative(),
	before: Errors,
	after: Errors,
});
export type CalibrationError = z.infer<typeof CalibrationError>;

/** What fits the product to an engine as somebody runs it: one of profiling-data/calibrations, or what `gridbeat calibrate` wrote. */
export const CalibrationFile = z.strictObject({
	/** What it is, in a line. */
	about: z.string().min(1),
	/** What it was fitted to, and whose that is. */
	source: z.string().min(1),
	/** When it was measured. */
	date: z.iso.date(),
	/** Such as `vLLM 0.19.0`. */
	engine: z.string().min(1).optional(),
	/** The keys of `serving` that it holds for; others make its values another engine's. */
	of: z
		.strictObject({
			model: z.string().min(1),
			device: z.string().min(1),
			tensorParallel: z.int().positive(),
			pipelineStages: z.int().positive(),
			profile: z.string().min(1),
			scheduler: z.string().min(1),
		})
		.partial()
		.default({}),
	overheads: z.strictObject(given(Overheads.shape)).partial().default({}),
	/** Of a GPU, by its MFU, or by its memory and its arithmetic. */
	power: z
		.strictObject({
			idleW: z.number().nonnegative(),
			maxW: z.number().positive(),
			saturationMfu: z.number().positive(),
			powerExponent: z.number().positive(),
			roofline: Roofline.optional(),
			sleepW: z.number().nonnegative().optional(),
		})
		.optional(),
	errors: z.array(CalibrationError).default([]),
});
export type CalibrationFile = z.infer<typeof CalibrationFile>;

const FOLDER = 'profiling-data/calibrations';

/** The calibrations that ship. */
export function calibrationNames(): string[] {
	return readdirSync(projectFile(FOLDER))
		.filter((file) => file.endsWith('.yaml'))
		.map((file) => basename(file, '.yaml'))
		.sort();
}

/** Calibrations are never written to, so that replicas share them. */
const loaded = new Map<string, CalibrationFile>();

/**
 * A calibration by its name or its path.
 *
 * @throws ConfigError for one that is not there, or cannot be used
 */
export function findCalibration(name: string): CalibrationFile {
	const isFile = looksLikeFile(name);
	const path = isFile ? name : projectFile(join(FOLDER, `${name}.yaml`));
	if (!isFile && !calibrationNames().includes(name))
		throw new ConfigError(
			`Cannot use calibration "${name}": ${knownText(name, calibrationNames())}; one of your own is the path of its file (.yaml)`,
		);
	const key = `${path} ${fileStamp(path)}`;
	const known = loaded.get(key);
	if (known !== undefined) return known;
	const file = parseRaw(CalibrationFile, {
		...readYaml(path, 'calibration'),
		...{ folder: '', file: path },
	});
	loaded.set(key, file);
	return file;
}

/** The overheads of a scenario: its own, those of its calibration where it has none, and neutral ones. */
export function overheadsOf({ overheads, calibration }: Serving): {
	readonly [Key in keyof Overheads]: number;
} {
	const calibrated = calibration === null ? {} : findCalibration(calibration).overheads;
	const value = (key: keyof Overheads) => overheads[key] ?? calibrated[key] ?? NO_OVERHEADS[key];
	return {
		apiMs: value('apiMs'),
		tokenizeUsPerToken: value('tokenizeUsPerToken'),
		stepMs: value('stepMs'),
		samplingNs: value('samplingNs'),
		kernelScale: value('kernelScale'),
	};
}

/** Where those are from; null where nothing is beside the kernels. */
export function overheadsOrigin(serving: Serving): Origin | null {
	const values = overheadsOf(serving);
	const said = Object.entries(values)
		.filter(([key, value]) => value !== NO_OVERHEADS[key as keyof Overheads])
		.map(([key, value]) => `${key} ${value}`);
	if (said.length === 0) return null;
	const { calibration } = serving;
	if (calibration === null) return givenBy(`${said.join(', ')}: the scenario`);
	const isOwn = Object.values(serving.overheads).some((value) => value !== null);
	const from = `${isOwn ? 'the scenario and ' : ''}${calibrationText(calibration)}`;
	return { label: 'fitted', source: `${said.join(', ')}: ${from}` };
}

/** `calibration vllm-0.15-h100 (26 published runs, 2026-02-01)`. */
function calibrationText(calibration: string): string {
	const { source, date } = findCalibration(calibration);
	return `calibration ${basename(calibration)} (${source}, ${date})`;
}

/** What a GPU of a scenario draws: by its curve, by its calibration where it names none, or as that is known of its device. */
export function gpuPowerOf(serving: Serving): GpuPower {
	const { name } = findDevice(serving.device);
	const { calibration, powerCurve } = serving;
	const file = calibration === null || powerCurve !== null ? null : findCalibration(calibration);
	if (file?.power === undefined) return findGpuPower(powerCurve, name);
	// A roofline of the device would count in place of an MFU curve that was fitted.
	const { roofline: _, ...usual } = findGpuPower(null, name);
	const source = calibrationText(calibration ?? '');
	const { sleepW, roofline, ...power } = file.power;
	return {
		...(roofline === undefined ? {} : { roofline }),
		...{ ...usual, ...power, curve: 'card', device: name, source, measured: null },
		...(sleepW === undefined ? {} : { sleepW, sleepSource: source }),
	};
}

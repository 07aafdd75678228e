import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, extname, resolve } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { readInputText } from '../../kernel/files/input-file.ts';
import { projectFile } from '../../kernel/files/project-file.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { PLAINLY } from '../../protocol/plain-issue.ts';

/** `sxm`: a module on a board with NVSwitch, eight to a server; `pcie`: a card, at most bridged to another. */
export const FormFactor = z.enum(['sxm', 'pcie']);

/** A GPU as it is written down in a YAML file of one's own. */
export const DeviceCard = z.strictObject({
	name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, {
		error: 'must be of lower-case letters, digits and -, such as l4',
	}),
	/** Peak dense FP16 rate and memory of the data sheet, 10^12 operations a second and GiB. */
	fp16Tflops: z.number().positive(),
	/** Of FP8 and FP4, where it has units for them. */
	fp8Tflops: z.number().positive().optional(),
	fp4Tflops: z.number().positive().optional(),
	memoryGb: z.number().positive(),
	/** What CUDA shows of its memory, GiB; left out: all. */
	usableMemoryGiB: z.number().positive().optional(),
	/** Of its memory, and of its links to other GPUs in one direction, 10^9 bytes a second. */
	bandwidthGBps: z.number().positive().optional(),
	linkGBps: z.number().positive().optional(),
	formFactor: FormFactor.default('pcie'),
	/** Lowest and highest core clock; left out: no power cap can slow it. */
	clocksMHz: z.tuple([z.number().positive(), z.number().positive()]).optional(),
	/** The power that its maker has it bear, W. */
	tdpW: z.number().positive().optional(),
	/** Without it the energy of a run is not known, and none starts. */
	power: z
		.strictObject({
			idleW: z.number().nonnegative(),
			maxW: z.number().positive(),
			/** The MFU at which it draws `maxW`, and the exponent below; left out: as measured of an A100. */
			saturationMfu: z.number().positive().optional(),
			powerExponent: z.number().positive().optional(),
			sleepW: z.number().nonnegative().optional(),
			source: z.string().min(1).default('the device card'),
		})
		.optional(),
	/** Latency profiles of models on it, their paths relative to the card. */
	profiles: z
		.array(
			z.strictObject({
				model: z.string().min(1),
				tensorParallel: z.int().positive(),
				path: z.string().min(1),
			}),
		)
		.default([]),
});
export type DeviceCard = z.infer<typeof DeviceCard>;

/** The devices that Vidur's profiling data has tables of. */
export const vidurDeviceNames: readonly string[] = ['a100', 'h100', 'a40'];

/** Names of the GPUs that ship, those of Vidur's profiling data first; each has a card of that name in profiling-data/devices. */
export const deviceNames: readonly string[] = readdirSync(projectFile('profiling-data/devices'))
	.filter((file) => extname(file) === '.yaml')
	.map((file) => basename(file, '.yaml'))
	.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));

/** Cards of GPUs that ship which were parsed, by name. */
const shipped = new Map<string, DeviceCard>();

/** The card of a GPU that ships, or null. */
export function shippedDeviceCard(name: string): DeviceCard | null {
	if (!deviceNames.includes(name)) return null;
	const card = shipped.get(name) ?? readCard(projectFile(`profiling-data/devices/${name}.yaml`));
	shipped.set(name, card);
	return card;
}

function rank(name: string): number {
	const at = vidurDeviceNames.indexOf(name);
	return at === -1 ? vidurDeviceNames.length : at;
}

/** Whether a device is named by the path of its card. */
export function isCardPath(device: string): boolean {
	return /\.ya?ml$/i.test(device);
}

/** Cards read from files given by users, by the name of the device; their paths are absolute. */
const own = new Map<string, DeviceCard>();

/** The card of a device that was read before, or null. */
export function deviceCardOf(device: string): DeviceCard | null {
	return own.get(device) ?? null;
}

/**
 * Reads a card, so that its name is known from then on.
 *
 * @throws ConfigError naming the first key that is wrong
 */
export function readDeviceCard(path: string): DeviceCard {
	const card = readCard(path);
	if (deviceNames.includes(card.name))
		throw refusal(path, `name: "${card.name}" is a device that ships with Gridbeat; give another`);
	const profiles = card.profiles.map((one) => ({ ...one, path: resolve(dirname(path), one.path) }));
	own.set(card.name, { ...card, profiles });
	return { ...card, profiles };
}

function refusal(path: string, reason: string): ConfigError {
	return new ConfigError(`Cannot use device card "${path}": ${reason}`);
}

function readCard(path: string): DeviceCard {
	if (!existsSync(path)) throw refusal(path, 'there is no such file');
	let value: unknown;
	try {
		value = parse(readInputText(path));
	} catch (error) {
		throw refusal(path, messageOf(error).split('\n')[0] ?? '');
	}
	const result = DeviceCard.safeParse(value, PLAINLY);
	if (!result.success) {
		const issue = result.error.issues[0];
		const key = issue?.path.join('.') ?? '';
		throw refusal(path, `${key === '' ? '' : `${key}: `}${issue?.message}`);
	}
	const card = result.data;
	const { clocksMHz, power } = card;
	if (clocksMHz !== undefined && clocksMHz[0] > clocksMHz[1])
		throw refusal(path, `clocksMHz: the lowest comes first, not ${clocksMHz.join(', ')}`);
	if (power !== undefined && power.idleW > power.maxW)
		throw refusal(path, `power: idleW ${power.idleW} exceeds maxW ${power.maxW}`);
	return card;
}

import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import * as z from 'zod';
import { readInputText } from '../../kernel/files/input-file.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { PLAINLY } from '../../protocol/plain-issue.ts';

/** `sxm`: a module on a board with NVSwitch, eight to a server; `pcie`: a card, at most bridged to another. */
export const FormFactor = z.enum(['sxm', 'pcie']);

/** A GPU as it is written down in a YAML file of one's own. */
export const DeviceCard = z.strictObject({
	name: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, {
		error: 'must be of lower-case letters, digits and -, such as l40s',
	}),
	/** Peak dense FP16 rate and memory of the data sheet, 10^12 operations a second and GiB. */
	fp16Tflops: z.number().positive(),
	memoryGb: z.number().positive(),
	formFactor: FormFactor.default('pcie'),
	/** Lowest and highest core clock; left out: no power cap can slow it. */
	clocksMHz: z.tuple([z.number().positive(), z.number().positive()]).optional(),
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
 * @param taken names of devices that ship with the project
 * @throws ConfigError naming the first key that is wrong
 */
export function readDeviceCard(path: string, taken: readonly string[]): DeviceCard {
	const refuse = (reason: string) => new ConfigError(`Cannot use device card "${path}": ${reason}`);
	if (!existsSync(path)) throw refuse('there is no such file');
	let value: unknown;
	try {
		value = parse(readInputText(path));
	} catch (error) {
		throw refuse(messageOf(error).split('\n')[0] ?? '');
	}
	const result = DeviceCard.safeParse(value, PLAINLY);
	if (!result.success) {
		const issue = result.error.issues[0];
		const key = issue?.path.join('.') ?? '';
		throw refuse(`${key === '' ? '' : `${key}: `}${issue?.message}`);
	}
	const card = result.data;
	if (taken.includes(card.name))
		throw refuse(`name: "${card.name}" is a device that ships with Gridbeat; give another`);
	const { clocksMHz, power } = card;
	if (clocksMHz !== undefined && clocksMHz[0] > clocksMHz[1])
		throw refuse(`clocksMHz: the lowest comes first, not ${clocksMHz.join(', ')}`);
	if (power !== undefined && power.idleW > power.maxW)
		throw refuse(`power: idleW ${power.idleW} exceeds maxW ${power.maxW}`);
	const profiles = card.profiles.map((one) => ({ ...one, path: resolve(dirname(path), one.path) }));
	own.set(card.name, { ...card, profiles });
	return { ...card, profiles };
}

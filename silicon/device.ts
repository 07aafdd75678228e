import * as z from 'zod';
import { ConfigError } from '../protocol/errors.ts';
import type { NetworkName } from '../protocol/hardware.ts';
import { knownText } from '../protocol/nearest-name.ts';
import {
	type DeviceCard,
	deviceCardOf,
	deviceNames,
	FormFactor,
	isCardPath,
	readDeviceCard,
	shippedDeviceCard,
	vidurDeviceNames,
} from './profile/load-device-card.ts';
import { type GpuPower, gpuPowers, Roofline } from './profile/load-power.ts';

/** What the formulas need to know of a GPU. */
export const Device = z.strictObject({
	name: z.string().min(1),
	/** Peak dense FP16 rate, 10^12 floating-point operations per second. */
	fp16Tflops: z.number().positive(),
	/** The same of FP8 and FP4; left out: it has no units for them. */
	fp8Tflops: z.number().positive().optional(),
	fp4Tflops: z.number().positive().optional(),
	memoryGb: z.number().positive(),
	/** What CUDA shows of its memory, GiB; left out: all. */
	usableMemoryGiB: z.number().positive().optional(),
	/** Of its memory, and of its links to other GPUs in one direction, 10^9 bytes a second. */
	bandwidthGBps: z.number().positive().optional(),
	linkGBps: z.number().positive().optional(),
	/** `sxm`: a module on a board with NVSwitch, eight to a server; `pcie`: a card, at most bridged to another. */
	formFactor: FormFactor,
	idleW: z.number().nonnegative(),
	maxW: z.number().positive(),
	/** The MFU at which power reaches its maximum. */
	saturationMfu: z.number().positive(),
	/** Exponent of the power curve below saturation. */
	powerExponent: z.number().positive(),
	/** The lowest core clock as a fraction of the highest. */
	minFrequencyRatio: z.number().positive().max(1),
	/** Power by memory and arithmetic; left out: by arithmetic alone. */
	roofline: Roofline.optional(),
});
export type Device = z.infer<typeof Device>;

/**
 * The GPUs that Vidur's profiling data has tables of, of profiling-data/devices. Of these, peak rate and memory are as in Vidur-Energy's table, power
 * as in profiling-data/gpu-power.json; memory of the A40 is what ECC leaves of 48 GB. A100 and H100 are the SXM parts (400 and 700 W), the A40
 * is a card. Clocks are the ranges that `nvidia-smi -q -d SUPPORTED_CLOCKS` lists.
 */
export const vidurDevices: readonly Device[] = vidurDeviceNames.map(shippedDevice);

/** The networks that replicas of a device can have; the first is measured for all. */
export function networksOf({ formFactor }: Pick<Device, 'formFactor'>): readonly NetworkName[] {
	return formFactor === 'sxm' ? ['pairwise', 'dgx'] : ['pairwise'];
}

/**
 * The device of a card, without its power.
 *
 * @throws ConfigError for a card that cannot be used
 */
export function cardDevice(path: string): Unpowered {
	return ofCard(readDeviceCard(path));
}

type Unpowered = Omit<Device, 'idleW' | 'maxW' | 'saturationMfu' | 'powerExponent'>;

function ofCard({ clocksMHz, tdpW: _, power: __, profiles: ___, ...card }: DeviceCard): Unpowered {
	const minFrequencyRatio = clocksMHz === undefined ? 1 : clocksMHz[0] / clocksMHz[1];
	return { ...card, minFrequencyRatio };
}

/** The power that a card gives, in the shape of a measured A100's where it gives none. */
function cardPower(card: DeviceCard, curve: GpuPower['curve'] | null): GpuPower {
	const device = card.name.toUpperCase();
	if (curve !== null)
		throw new ConfigError(
			`Cannot use power curve "${curve}" of ${device}: its card gives its power; leave serving.powerCurve out`,
		);
	if (card.power === undefined)
		throw new ConfigError(
			`Cannot tell the power of ${device}: its card has none, so that no energy would be known; give it power: {idleW, maxW}`,
		);
	const like = findGpuPower('measured', 'a100');
	const { idleW, maxW, source } = card.power;
	const { saturationMfu = like.saturationMfu, powerExponent = like.powerExponent } = card.power;
	const isShaped = card.power.saturationMfu !== undefined && card.power.powerExponent !== undefined;
	return {
		...{ curve: 'card', device: card.name, idleW, maxW, saturationMfu, powerExponent },
		sleepW: card.power.sleepW ?? idleW,
		source: `${source}${isShaped ? '' : '; its shape is that measured of an A100'}`,
		sleepSource: card.power.sleepW === undefined ? 'as idle: its card has no sleepW' : source,
		measured: null,
	};
}

/**
 * What a device draws by one of the curves; null: by the measured one, or by the published one where nothing was measured.
 *
 * @throws ConfigError for a device that the curve is not known of
 */
export function findGpuPower(curve: GpuPower['curve'] | null, name: string): GpuPower {
	const card = deviceCardOf(name);
	if (card !== null) return cardPower(card, curve);
	const wanted = curve === null ? (['measured', 'vidur-energy'] as const) : [curve];
	const of = (one: GpuPower['curve']) =>
		gpuPowers.find((power) => power.curve === one && power.device === name);
	for (const one of wanted) {
		const found = of(one);
		if (found !== undefined) return found;
	}
	const shipped = shippedDeviceCard(name);
	if (curve === null && shipped !== null) return cardPower(shipped, curve);
	const same = gpuPowers.filter((power) => curve === null || power.curve === curve);
	throw new ConfigError(
		`Cannot use power curve "${curve ?? 'measured'}" of ${name.toUpperCase()}: it is known of ` +
			`${[...new Set(same.map(({ device }) => device.toUpperCase()))].join(', ')}`,
	);
}

/** The device drawing power by that curve. */
export function withPower(
	device: Unpowered,
	{ idleW, maxW, saturationMfu, powerExponent, roofline }: GpuPower,
): Device {
	const watts = { idleW, maxW, saturationMfu, powerExponent };
	return { ...device, ...watts, ...(roofline === undefined ? {} : { roofline }) };
}

/**
 * A device that ships with the project, by its name, or that of the card at a path that ends in .yaml or .yml.
 *
 * @throws ConfigError for an unknown device, listing the known ones, and for a card that cannot be used or has no power
 */
export function findDevice(name: string): Device {
	if (!isCardPath(name)) return shippedDevice(name);
	const device = cardDevice(name);
	return withPower(device, findGpuPower(null, device.name));
}

function shippedDevice(name: string): Device {
	const card = shippedDeviceCard(name.toLowerCase());
	if (card === null)
		throw new ConfigError(
			`Cannot use device "${name}": ${knownText(name, deviceNames)}; one of your own is the path of its card (.yaml)`,
		);
	const isVidurs = vidurDeviceNames.includes(card.name);
	return withPower(ofCard(card), findGpuPower(isVidurs ? 'vidur-energy' : null, card.name));
}

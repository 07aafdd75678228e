import { ConfigError } from '../../protocol/errors.ts';
import type { NetworkName } from '../../protocol/hardware.ts';
import { nearestName } from '../../protocol/nearest-name.ts';
import { quoted } from '../../protocol/plain-text.ts';
import { hasKernels } from '../kernels/load.ts';
import { KERNELS } from '../kernels/name.ts';
import { catalogue, type ProfileKey, SCALED, scaledName } from './catalogue.ts';
import { cardOf, vidurModels } from './load-cards.ts';
import { type DeviceCard, deviceCardOf, vidurDeviceNames } from './load-device-card.ts';

/** The profiles that ship with the project. */
export const profiles: readonly ProfileKey[] = catalogue(vidurModels);

/** Ending of the name of a profile that keeps what Vidur's profiling and regression add (README.md). */
const REPRODUCTION = '-reproduction';

/** A profile that ships, by its name or its name for reproduction; null when there is none. */
export function findProfile(
	name: string,
): { readonly key: ProfileKey; readonly isReproduction: boolean } | null {
	const isReproduction = name.endsWith(REPRODUCTION);
	const base = isReproduction ? name.slice(0, -REPRODUCTION.length) : name;
	const key = profiles.find((one) => one.name === base);
	return key === undefined ? null : { key, isReproduction };
}

/** What is said of a profile that there is none of, with the one that may be meant. */
export function unknownProfile(name: string, action: 'find' | 'load'): string {
	const nearest = nearestName(name, [
		'default',
		KERNELS,
		SCALED,
		...profiles.map((one) => one.name),
	]);
	const meant = nearest === null ? '' : `did you mean "${nearest}"? `;
	return `Cannot ${action} profile ${quoted(name)}: ${meant}it is neither a name that gridbeat profiles list shows nor a path`;
}

/** The name for reproduction of a profile that ships. */
export function reproductionName(name: string): string {
	return `${name}${REPRODUCTION}`;
}

/**
 * The name of the profile to take when none is asked for: the model's own, or, for a model that does not ship,
 * one scaled from those that do.
 *
 * @throws ConfigError for a device or a tensor parallelism that there are no figures of
 */
export function defaultProfile(
	model: string,
	device: string,
	tensorParallel: number,
	network: NetworkName = 'pairwise',
): string {
	const card = deviceCardOf(device);
	if (card !== null) return cardProfile(card, model, tensorParallel);
	const own = profiles.filter((one) => one.model === model);
	const found = own.find(
		(one) =>
			one.device === device && one.tensorParallel === tensorParallel && one.network === network,
	);
	if (found !== undefined) return found.name;
	if (own.length === 0 && vidurDeviceNames.includes(device)) {
		const flashInfer = cardOf(model)?.attention === 'flashinfer';
		return flashInfer ? `${scaledName(network)}${FLASH_INFER}` : scaledName(network);
	}
	const known = own.length === 0 ? profiles : own;
	const list = [...new Set(known.map((one) => `${one.device} x ${one.tensorParallel}`))];
	throw new ConfigError(
		`Cannot find a profile for "${model}" on "${device}" x ${tensorParallel}: ` +
			`there are ${list.join(', ')}; give the path of your own`,
	);
}

/**
 * The name of the profile that a replica takes: measured kernels of its GPU for models that Vidur has no tables of; else as
 * `defaultProfile`. Kernels need the size of the vocabulary, which cards of one's own may lack.
 *
 * @throws ConfigError as defaultProfile() does
 */
export function usualProfile(
	model: string,
	device: string,
	tensorParallel: number,
	network: NetworkName,
): string {
	const isVidurs = profiles.some((one) => one.model === model && one.device === device);
	const card = deviceCardOf(device)?.profiles ?? [];
	const isOwn = card.some((one) => one.model === model && one.tensorParallel === tensorParallel);
	if (!isVidurs && !isOwn && hasKernels(device) && cardOf(model)?.vocabulary !== undefined)
		return KERNELS;
	return defaultProfile(model, device, tensorParallel, network);
}

function cardProfile(
	{ name, profiles: known }: DeviceCard,
	model: string,
	tensorParallel: number,
): string {
	const found = known.find((one) => one.model === model && one.tensorParallel === tensorParallel);
	if (found !== undefined) return found.path;
	const list = known.map((one) => `${one.model} x ${one.tensorParallel}`).join(', ');
	throw new ConfigError(
		`Cannot find a profile for "${model}" on "${name}" x ${tensorParallel}: its card has ${list === '' ? 'none' : list}; ` +
			'import one (gridbeat profiles import), or give its path (--profile)',
	);
}

const FLASH_INFER = '-flashinfer';

/** Whether a name is that of a scaled profile, and of which attention kernel. */
export function scaledKernel(name: string): string | null {
	if (name !== SCALED && !name.startsWith(`${SCALED}-`)) return null;
	return name.endsWith(FLASH_INFER) ? 'flashinfer' : 'flash-attention';
}

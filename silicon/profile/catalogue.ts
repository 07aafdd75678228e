import { ConfigError } from '../../protocol/errors.ts';
import { NetworkName } from '../../protocol/hardware.ts';
import { networksOf, vidurDevices } from '../device.ts';
import type { ModelGeometry } from '../model.ts';
import { vidurDeviceNames } from './load-device-card.ts';

/** Tensor parallelisms of the profiling data. */
const TENSOR_PARALLEL = [1, 2, 4, 8];

/** A profile by its name: what it is made for. */
export interface ProfileKey {
	readonly name: string;
	readonly model: string;
	readonly device: string;
	readonly tensorParallel: number;
	readonly network: NetworkName;
}

/** A profile made of a model's geometry alone, for models that were not profiled. */
export const SCALED = 'scaled';

/** All combinations of models, devices, tensor parallelisms and networks that can be put together. */
export function catalogue(models: readonly ModelGeometry[]): ProfileKey[] {
	return models.flatMap((model) =>
		vidurDeviceNames.flatMap((device) =>
			TENSOR_PARALLEL.filter((tp) => fits(model, tp)).flatMap((tensorParallel) =>
				networksNamed(device).map((network) => ({
					name: profileName(model.name, device, tensorParallel, network),
					model: model.name,
					device,
					tensorParallel,
					network,
				})),
			),
		),
	);
}

/** `meta-llama/Llama-2-7b-hf` on one A100 is `llama-2-7b-a100-tp1`; on a DGX network `…-dgx`. */
export function profileName(
	model: string,
	device: string,
	tensorParallel: number,
	network: NetworkName = 'pairwise',
): string {
	const short = model
		.toLowerCase()
		.replace(/^.*\//, '')
		.replace(/^meta-/, '')
		.replace(/-(hf|instruct-hf)$/, '');
	return `${short}-${device}-tp${tensorParallel}${network === 'pairwise' ? '' : `-${network}`}`;
}

/** The name of a scaled profile. */
export function scaledName(network: NetworkName = 'pairwise'): string {
	return network === 'pairwise' ? SCALED : `${SCALED}-${network}`;
}

/** @throws ConfigError for a network that the device was not measured on */
export function networkOf(name: string, device: string): NetworkName {
	const network =
		NetworkName.options.find((one) => new RegExp(`-${one}(-|$)`).test(name)) ?? 'pairwise';
	if (networksNamed(device).includes(network)) return network;
	throw new ConfigError(
		`Cannot use profile "${name}": "${device}" has no network "${network}"; there is ${networksNamed(device).join(', ')}`,
	);
}

/** Those of a device of your own are whatever you give. */
function networksNamed(device: string): readonly NetworkName[] {
	const found = vidurDevices.find(({ name }) => name === device);
	return found === undefined ? NetworkName.options : networksOf(found);
}

function fits(model: ModelGeometry, tensorParallel: number): boolean {
	return [model.width, model.queryHeads, model.mlpWidth].every((n) => n % tensorParallel === 0);
}

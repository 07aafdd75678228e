import { given, type Origin, type OriginLabel } from '../../protocol/origin.ts';
import type { ProfileDescription } from './describe.ts';
import type { Errors } from './held-out-error.ts';
import type { Profile } from './profile.ts';
import type { ProfileNeeds } from './profile-needs.ts';

/** A profile that ships: as good as its weakest part, with all of them. */
export function originOf({ name, label, parts }: ProfileDescription): Origin {
	const errors = parts.flatMap(({ error }) => (error === null ? [] : [error]));
	const each = parts.map((part) => `${part.part} ${part.label}`).join(', ');
	return {
		label,
		source: `${name} in profiling-data/: ${each}; ${errorText(errors)} (gridbeat profiles show ${name})`,
	};
}

/** A model, a device or a cut that nobody measured. */
export function scaledOrigin(
	{ model, device, tensorParallel }: ProfileNeeds,
	kernel: string,
): Origin {
	return {
		label: 'extrapolated',
		source:
			`no measurement of ${model.name} on ${device} x ${tensorParallel}: the nearest matrices in profiling-data/ ` +
			`scaled by size, and ${kernel} by its heads; the error is not known`,
	};
}

/** What `label` of a profile's file says of how it was made; those of other tools need not say it. */
const MADE: Readonly<Record<string, OriginLabel>> = {
	measured: 'measured',
	fitted: 'fitted',
	random_forest: 'fitted',
	linear_regression: 'fitted',
};

/**
 * Where the times of a profile file are from, and how sure they are.
 *
 * @param path as messages name it
 */
export function fileOrigin(path: string, { label, source, errors }: Profile): Origin {
	const made = MADE[label ?? ''];
	if (made === undefined) return given(`${path}: ${source}`);
	return { label: made, source: `${path}: ${source}; ${errorText(Object.values(errors ?? {}))}` };
}

/** The largest of the parts' median errors at points that they were not made from. */
function errorText(errors: readonly Errors[string][]): string {
	if (errors.length === 0) return 'no error is known';
	const percent = 100 * Math.max(...errors.map(({ median }) => median));
	return `median error at points held out at most ${percent.toPrecision(2)} %`;
}

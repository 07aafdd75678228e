import * as z from 'zod';
import { figure } from '../protocol/run-folder/figures.ts';
import { Errors, HeldOut } from '../silicon/profile/held-out-error.ts';

/** What `--json` prints of Vidur's results, of profiles and of weather files. */

/** A number, or null where there is none. */
export const Value = z.union([z.number(), z.nan(), z.null()]);
export const Count = z.int().nonnegative();
export const Text = z.string();

export const EnergyFigures = z.strictObject({
	gpuEnergyKwh: figure('kWh', 'of the GPUs, without PUE'),
	totalEnergyKwh: figure('kWh', 'with it'),
	scope2G: figure('gCO2eq', 'of use'),
	scope3G: figure('gCO2eq', 'share of making'),
	gpuHours: figure('h', 'of all GPUs'),
	averagePowerW: figure('W', 'of a GPU, idle included'),
	peakPowerW: figure('W', 'of a GPU'),
	meanMfuPercent: figure('%', 'mean MFU'),
	gpuUsd: figure('USD', 'of GPU-hours'),
	energyUsd: figure('USD', 'of energy'),
});

const Compared = z.strictObject({ published: Value, ours: Value, relative: Value });
export const Experiments = z.strictObject({
	rows: z.array(
		z.looseObject({
			experiment: Text,
			index: Count.describe('row of the table'),
			profile: Text,
			outcome: z.record(z.string(), Value).describe('W per GPU, s, %, requests'),
			differences: z.record(z.string(), Compared).describe('from what was published'),
		}),
	),
});

export const Truth = z.strictObject({
	page: Text.describe('the page that was written'),
	families: z.array(
		z.strictObject({
			name: Text,
			title: Text,
			source: Text,
			fitted: Text.describe('what of the product was fitted to it'),
			heldOut: Text,
			isHere: z.boolean().describe('whether its figures are on this machine'),
			runs: z.array(
				z.strictObject({
					id: Text,
					groups: z.array(Text),
					model: Text,
					server: Text,
					workload: Text,
					refusal: Text.nullable().describe('why it was not simulated'),
					figures: z.record(
						z.string(),
						z.strictObject({
							measured: Value,
							simulated: Value,
							error: Value.describe('simulated / measured - 1'),
						}),
					),
				}),
			),
			errors: z.array(
				z.strictObject({
					group: Text,
					quantity: Text,
					count: Count,
					mean: Value.describe('of the absolute errors, as median, p90 and max are'),
					median: Value,
					p90: Value,
					max: Value,
					bias: Value.describe('mean with the sign'),
				}),
			),
			limits: z.array(
				z.strictObject({
					family: Text,
					group: Text,
					quantity: Text,
					statistic: Text,
					limit: Value,
					goal: Value,
					error: Value,
					isHeld: z.boolean(),
					isReached: z.boolean(),
				}),
			),
		}),
	),
});

const ProfileHead = {
	name: Text,
	model: Text,
	device: Text,
	tensorParallel: Count,
	label: Text.describe('how sure its times are'),
};
export const Described = {
	...ProfileHead,
	network: Text.describe('how the GPUs are joined'),
	parts: z.array(
		z.strictObject({ part: Text, label: Text, source: Text, error: HeldOut.nullable() }),
	),
};
export const Shown = z.union([
	z.strictObject(Described),
	z.strictObject({ ...ProfileHead, source: z.unknown(), errors: Errors.nullish() }),
	z.strictObject({
		name: Text,
		device: Text,
		version: Text.describe('of vLLM'),
		tables: z
			.array(z.strictObject({ table: Text, source: Text, times: Count, errors: Errors }))
			.optional(),
		model: Text.optional(),
		tensorParallel: Count.optional(),
		operators: z
			.array(
				z.strictObject({
					operator: Text,
					evidence: Text.describe('measured, interpolated or modelled'),
					source: Text,
					perLayer: Value.describe('how often in a layer; 0: once a step'),
				}),
			)
			.optional(),
	}),
]);

const Gap = z.strictObject({ quantity: Text, from: Text, until: Text, filled: z.boolean() });
const Figures = z.record(z.string(), z.union([Text, Value]));
export const Weather = z.strictObject({
	file: Text,
	format: Text,
	place: Figures,
	clock: Text,
	labelling: Text.describe('where in its interval a stamp lies'),
	stepMinutes: Value,
	intervals: Count,
	from: Text.describe('UTC'),
	until: Text.describe('UTC'),
	typicalYear: z.boolean(),
	quantities: z.record(
		z.string(),
		z.strictObject({
			unit: Text,
			min: Value,
			mean: Value,
			max: Value,
			missing: Count.describe('intervals without a value'),
		}),
	),
	derived: Text.nullable(),
	sun: z
		.strictObject({
			minutes: Value.describe('that the light is before the sun'),
			days: Count,
			isOff: z.boolean(),
			cause: Text.nullable(),
			text: Text,
		})
		.nullable(),
	gaps: z.array(Gap),
	notes: z.array(Text),
	months: z.array(Figures),
	days: z.array(Figures),
});

export const Imported = z.strictObject({
	path: Text.describe('of the profile'),
	card: Text.nullable().describe('of the card of the GPU that was written beside it'),
	command: Text.describe('that runs with it'),
	missing: z.array(Text).describe('operators that cost nothing'),
	errors: Errors.optional(),
	tables: z
		.array(z.strictObject({ path: Text, rows: Count, bytes: Count }))
		.optional()
		.describe('of kernels: what was written'),
});

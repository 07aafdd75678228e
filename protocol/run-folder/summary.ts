import * as z from 'zod';
import { Remark } from '../remark.ts';
import { COUNT, figure } from './figures.ts';
import { RunStatus } from './metadata.ts';
import {
	BatterySummary,
	Bill,
	Consequences,
	EmissionSummary,
	EnergySummary,
	Reached,
	VidurEnergyMetrics,
} from './summary-energy.ts';
import { ServingEnergy, ServingSummary } from './summary-serving.ts';

/**
 * The figures of a run: what simulate() and loadRun() return and what `--json` prints, where NaN is null. Reports, tables,
 * sweeps and docs/results.md have names and units of figures from here.
 */
const summary = {
	status: RunStatus.describe('how the run stands'),
	durationS: figure('s', 'simulated time that is recorded'),
	serving: ServingSummary.nullable().describe('what was served; null without replicas'),
	energy: EnergySummary.describe('energies of the run, each at least 0'),
	servingEnergy: ServingEnergy.nullable().describe(
		'what the load’s energy and carbon were for; null where the run does not report it',
	),
	emissions: EmissionSummary.nullable().describe('null without a carbon signal'),
	marginal: Consequences.exactOptional().describe(
		'of the marginal signal beside an average one: consequences, never added to `emissions`; absent without',
	),
	batteries: z.array(BatterySummary).readonly().describe('each battery'),
	capHours: figure('h', 'during which a power cap was in force'),
	gridRamps: z
		.strictObject({
			overHours: figure('h', 'in which the power of the grid changed faster than its limits'),
			mostOverWPerMin: figure('W/min', 'the most by which it did'),
		})
		.readonly()
		.exactOptional()
		.describe(
			'what nothing on the site could keep; absent without `grid.rampUpW` and `grid.rampDownW`',
		),
	bill: Bill.describe('what imports, exports and GPUs cost'),
	fuelCostUsd: figure('USD', 'paid for fuel'),
	hindsight: z
		.array(Reached)
		.readonly()
		.describe('how much of what was possible the policy reached, by goal; not in loadRun()'),
	forecasts: z
		.record(z.string(), z.string())
		.readonly()
		.exactOptional()
		.describe('what the policy knew of each signal in advance; absent where it asked for nothing'),
	ended: z
		.strictObject({
			untilS: figure('s', 'simulated time up to which the run is recorded'),
			reason: z.string().nullable().describe('why no further'),
		})
		.readonly()
		.exactOptional()
		.describe('of a run that did not come to its end'),
	messages: z
		.strictObject({
			refused: figure(COUNT, 'messages that were not of the run'),
			duplicates: figure(COUNT, 'messages that came twice'),
		})
		.readonly()
		.exactOptional()
		.describe('absent where there were none'),
	recovery: z
		.strictObject({
			setbacks: figure(COUNT, 'times that the run went back to a checkpoint'),
			checkpoints: figure(COUNT, 'checkpoints that were kept'),
		})
		.readonly()
		.exactOptional()
		.describe('absent where the run was never set back'),
	remarks: z
		.array(Remark)
		.readonly()
		.exactOptional()
		.describe('what was done to inputs, and what else to know of them; absent where it is nothing'),
	vidurEnergy: VidurEnergyMetrics.nullable().describe(
		'the figures as Vidur-Energy counts ([differences](vidur-energy-differences.md)); null unless asked for',
	),
};

export const Summary = z.strictObject(summary);
/** The figures of a run. NaN stands for a figure that does not exist. */
export type Summary = Readonly<z.infer<typeof Summary>>;

export const Reported = z.strictObject({
	...summary,
	sites: z
		.record(z.string(), Summary)
		.readonly()
		.exactOptional()
		.describe('the same of each site, where there are several; all else is of the whole then'),
});
/** The figures of a run; of one with several sites those of the whole, and of each. */
export type Reported = Readonly<z.infer<typeof Reported>>;

/** What `--json` prints: null for NaN, and the unit of each figure by its name. */
export const PrintedSummary = z.strictObject({
	...Reported.shape,
	units: z.record(z.string(), z.string()).describe('unit of each figure, by its dotted name'),
});

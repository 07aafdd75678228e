import { Option } from 'commander';
import { ConfigError } from '../protocol/errors.ts';
import type { NamedScenario } from './cases-command.ts';
import { type Given, type GivenFlags, givenScenario } from './given-scenario.ts';
import type { LogFlags } from './log-flags.ts';
import type { RunFlags } from './run-command.ts';

const collect = (value: string, before: readonly string[] = []) => [...before, value];

/** Flags that make several runs of one, to be compared. */
export const SEVERAL_FLAGS: readonly Option[] = [
	new Option(
		'--without <part>',
		'compare with a run without it, such as cap, carbon, battery or solar; several times for several, with commas for all at once',
	).argParser(collect),
	new Option(
		'--vary <name=values>',
		'compare runs of several values of a flag or a key, such as cap=none,150,200 or serving.replicas=1,2,4',
	).argParser(collect),
];

/** Of a single run with the origins of its values. */
export type ResolvedCase = NamedScenario & Partial<Pick<Given, 'origins'>>;

/** The scenarios that are asked for: one, or those that are to be compared. */
export async function scenariosOf(
	file: string | undefined,
	given: GivenFlags,
): Promise<ResolvedCase[]> {
	const { without, vary } = given.options as { without?: string[]; vary?: string[] };
	if (without === undefined && vary === undefined)
		return [{ label: '', ...givenScenario(file, given) }];
	const { casesOf } = await import('./vary-flags.ts');
	return casesOf({ without, vary }).map(({ label, flags, change }) => {
		const { scenario, leftOut } = givenScenario(file, flags(given));
		return { label, scenario: change(scenario), leftOut };
	});
}

/**
 * What only a single run can have.
 *
 * @throws ConfigError for what was given of it
 */
export function refuseOfSeveral(
	what: 'repeats' | 'runs',
	{
		id,
		logs,
		serve,
		takeOver,
		resume,
	}: Pick<RunFlags, 'id' | 'serve' | 'takeOver' | 'resume'> & { readonly logs: LogFlags },
): void {
	if (id !== undefined) throw new ConfigError(`Cannot give several ${what} one --id: leave it out`);
	if (logs.log !== undefined || logs.trace !== undefined)
		throw new ConfigError(
			`Cannot keep one log or trace of several ${what}: leave out --log, GRIDBEAT_LOG and --trace`,
		);
	if (serve !== undefined) throw new ConfigError(`Cannot serve several ${what}: leave out --serve`);
	if (takeOver === true)
		throw new ConfigError(`Cannot take over a folder of ${what}: each has one of its own`);
	if (resume === true && what === 'runs')
		throw new ConfigError(
			'Cannot resume a comparison: leave out --resume; the same command goes on from what is done',
		);
}

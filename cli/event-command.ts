import { type Command as Commander, Option } from 'commander';
import { GridEventCommand } from '../protocol/commands.ts';
import { ConfigError } from '../protocol/errors.ts';
import { PLAINLY } from '../protocol/plain-issue.ts';
import { parseDuration, parseDurationFrom0 } from '../protocol/scenario/duration.ts';
import { tellRun } from './ask-run.ts';
import { numeric } from './flags.ts';

const EVENTS = ['demand-response', 'import-limit', 'outage', 'price', 'cancelled'] as const;

/** Times as durations after the start of the run. */
interface EventFlags {
	readonly from?: string;
	readonly length?: string;
	readonly announced?: string;
	readonly watts?: number;
	readonly usdPerKwh?: number;
	readonly site?: string;
}

/** Adds `gridbeat event`; `set` takes the exit code. */
export function addEvent(gridbeat: Commander, set: (work: Promise<number>) => Promise<void>): void {
	gridbeat
		.command('event')
		.description(
			'announce an event of the grid to a run that you have started on this machine (docs/real-time.md)',
		)
		.argument('<run>', 'its id, as in metadata.yaml, or its folder')
		.argument('<id>', 'by which it is told from others: the same again replaces it')
		.argument('<event>', EVENTS.join(', '))
		.option('--from <time>', 'after the start of the run, simulated, such as 17h')
		.option('--length <time>', 'how long it holds, such as 2h')
		.option('--announced <time>', 'from when on policies know of it; default: at once')
		.addOption(
			new Option(
				'--watts <watts>',
				'import-limit: most that may be drawn; demand-response: what the import shall stay below',
			).argParser(numeric('watts')),
		)
		.addOption(
			new Option('--usd-per-kwh <price>', 'price: what energy costs').argParser(
				numeric('usd-per-kwh'),
			),
		)
		.option('--site <name>', 'for this site; default: for all')
		.action((run: string, id: string, event: string, flags: EventFlags) =>
			set(
				tellRun(run, 'steer', {
					...{ type: 'control', command: 'act', by: 'grid' },
					what: eventOf(id, event, flags),
				}),
			),
		);
}

/**
 * An event of the grid, as flags or a message have it.
 *
 * @throws ConfigError for one that cannot be, or lacks something
 */
export function eventOf(id: string, event: string, flags: EventFlags): GridEventCommand {
	if (!EVENTS.some((one) => one === event))
		throw new ConfigError(`Cannot announce "${event}": give ${EVENTS.join(', ')}`);
	const { from, length, announced, watts, usdPerKwh, site = null } = flags;
	const isOver = event === 'cancelled';
	if (!isOver && (from === undefined || length === undefined))
		throw new ConfigError(`Cannot announce "${event}" without --from and --length`);
	const parsed = GridEventCommand.safeParse(
		{
			...{ type: 'grid-event', id, event, site },
			startUs: isOver ? 0 : parseDurationFrom0(from ?? '', '--from'),
			durationUs: isOver ? 1 : parseDuration(length ?? '', '--length'),
			...(announced === undefined
				? {}
				: { announcedUs: parseDurationFrom0(announced, '--announced') }),
			...(event === 'import-limit' ? { importLimitW: watts } : {}),
			...(event === 'demand-response' ? { targetW: watts } : {}),
			...(event === 'price' ? { usdPerKwh } : {}),
		},
		PLAINLY,
	);
	if (parsed.success) return parsed.data;
	const [issue] = parsed.error.issues;
	const key = String(issue?.path[0] ?? '');
	const flag = key === 'usdPerKwh' ? '--usd-per-kwh' : key === 'id' ? 'an id' : '--watts';
	throw new ConfigError(`Cannot announce "${event}" without ${flag}: ${issue?.message}`);
}

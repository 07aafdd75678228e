import { Argument, Command, Option } from 'commander';
import { EXIT, version } from '../kernel/host/program.ts';
import { shellWord } from '../protocol/shell-word.ts';
import { withoutSecrets } from '../protocol/urls.ts';
import { readScenario } from '../run/resolve/scenario-file.ts';
import { FILE_KINDS, type FileKind } from '../studies/session/file-kinds.ts';
import type { runCases } from './cases-command.ts';
import { scenarioOptions } from './flags.ts';
import { addTraceFlags, logFlags } from './log-flags.ts';
import { addNatsFlags, natsEnv } from './nats-flags.ts';
import type { runRepeats } from './repeats-command.ts';
import { reportFailure } from './report-failure.ts';
import { type ResolvedCase, refuseOfSeveral, SEVERAL_FLAGS, scenariosOf } from './several-runs.ts';
import { HELP_ALL, shortenHelp } from './short-help.ts';
import { SPECIAL_FLAGS } from './special-options.ts';
import { TAKE_OVER } from './take-over.ts';
import { usageLine } from './usage-line.ts';
import { shownBy, VERBOSE } from './verbose.ts';
import { addWorker } from './worker-flags.ts';

/** Accepted because Vidur-Energy's command lines have them; what they ask for is always on here. */
const ALWAYS_ON = ['--log-metrics', '--carbon-analysis', '--interpolate-datasets'];

/**
 * Does what a command line says: what comes after `gridbeat`. Its errors are printed in a line. Ending the process is left
 * to the caller.
 *
 * @returns the exit code
 */
export async function runCommandLine(words: readonly string[]): Promise<number> {
	try {
		return await program(words);
	} catch (error) {
		return reportFailure(error, words);
	}
}

/** The command that a command line asks for, as far as there is one of that name. */
function askedFor({ commands }: Command, [first]: readonly string[]): string {
	return commands.some((command) => command.name() === first) ? `gridbeat ${first}` : 'gridbeat';
}

/**
 * A value that is missing is not the next flag: `--seed --dry-run` would run with the seed "--dry-run".
 *
 * @throws CommanderError
 */
function refuseSwallowed(gridbeat: Command, words: readonly string[]): void {
	let command = gridbeat;
	for (const [i, word] of words.entries()) {
		if (word === '--') return;
		command = command.commands.find((one) => one.name() === word) ?? command;
		const option = command.options.find(({ long, short }) => word === long || word === short);
		const next = words[i + 1] ?? '';
		if (option?.required !== true || !command.options.some(({ long }) => next === long)) continue;
		command.error(`option '${option.flags}' argument missing: ${next} is a flag of its own`);
	}
}

async function program(words: readonly string[]): Promise<number> {
	let code: number = EXIT.done;
	const asked = words.map((word) => (word === HELP_ALL ? '--help' : word));
	const gridbeat = await commandsFor(asked, async (work) => {
		code = await work;
	});
	if (!words.includes(HELP_ALL)) shortenHelp(gridbeat);
	refuseSwallowed(gridbeat, asked);
	await gridbeat.parseAsync(asked, { from: 'user' });
	return code;
}

/** The commands that a command line may mean: all of them where it names none. */
export async function commandsFor(words: readonly string[], set: Set): Promise<Command> {
	const gridbeat = new Command('gridbeat')
		.description(
			'Co-simulates LLM serving on a microgrid: latency, energy, carbon and money in one loop.',
		)
		.version(version())
		.exitOverride()
		.configureOutput({
			outputError: (text, write) => write(usageLine(text, askedFor(gridbeat, words))),
		})
		.configureHelp({ sortSubcommands: false });
	addRun(gridbeat, set, words);
	gridbeat
		.command('validate')
		.description('check a scenario file without running it')
		.argument('<scenario>', 'scenario file (YAML)')
		.action(async (file: string) => {
			const { checkScenario } = await import('../run/make-plan.ts');
			await checkScenario(readScenario(file, new Map()));
			process.stdout.write(`${file}: valid\n`);
		});
	gridbeat
		.command('schema')
		.description('print the JSON Schema of scenario, sweep or capacity files, for editors')
		.addArgument(new Argument('[file]', 'kind of file').choices(FILE_KINDS).default(FILE_KINDS[0]))
		.option('--output <name>', 'that of what --json prints instead: run, sweep, error, … or all')
		.action(async (kind: FileKind, { output }: { output?: string }) => {
			const schema =
				output === undefined
					? (await import('../studies/session/editor-schemas.ts')).editorSchema(kind)
					: (await import('./output-schemas.ts')).outputSchema(output);
			process.stdout.write(`${JSON.stringify(schema, null, '\t')}\n`);
		});
	gridbeat
		.command('report')
		.description('write the report of a run folder again')
		.argument('<run>', 'run folder')
		.addOption(new Option('--json', 'print the summary as JSON').conflicts('csv'))
		.option('--csv', 'print the summary as metric,value,unit')
		.action(async (folder: string, options: { json?: boolean; csv?: boolean }) => {
			const { reportText } = await import('./report-text.ts');
			process.stdout.write(await reportText(folder, options));
		});
	addWorker(gridbeat, set);
	await addOthers(gridbeat, set, words);
	for (const command of gridbeat.commands) command.exitOverride();
	return gridbeat;
}

type Set = (work: Promise<number>) => Promise<void>;
type Add = (gridbeat: Command, set: Set, words: readonly string[]) => void;

/** The commands that a run does not need, in the order of the help: each is read only when it is asked for. */
const OTHERS: Readonly<Record<string, () => Promise<Add>>> = {
	profiles: async () => (await import('./profiles-command.ts')).addProfiles,
	vidur: async () => (await import('./vidur-command.ts')).addVidur,
	energy: async () => (await import('./energy-command.ts')).addEnergy,
	cosim: async () => {
		const { addCosim } = await import('./cosim-command.ts');
		return (gridbeat, _set, words) => addCosim(gridbeat, () => commandLine(words));
	},
	compare: async () => {
		const { addCompare } = await import('./compare-command.ts');
		return (gridbeat, _set, words) => addCompare(gridbeat, commandLine(words));
	},
	export: async () => (await import('./export-command.ts')).addExport,
	experiments: async () => (await import('./experiments-command.ts')).addExperiments,
	truth: async () => (await import('./truth-command.ts')).addTruth,
	weather: async () => (await import('./weather-command.ts')).addWeather,
	record: async () => (await import('./record-command.ts')).addRecord,
	backfill: async () => (await import('./backfill-command.ts')).addBackfill,
	sweep: async () => (await import('./sweep-command.ts')).addSweep,
	capacity: async () => (await import('./capacity-command.ts')).addCapacity,
	calibrate: async () => (await import('./calibrate-command.ts')).addCalibrate,
	'nats-config': async () => (await import('./nats-config-command.ts')).addNatsConfig,
	serve: async () => (await import('./serve-command.ts')).addServe,
	control: async () => (await import('./control-command.ts')).addControl,
	scale: async () => (await import('./scale-command.ts')).addScale,
	status: async () => (await import('./status-command.ts')).addStatus,
	top: async () => (await import('./status-command.ts')).addTop,
	replay: async () => (await import('./replay-command.ts')).addReplay,
	command: async () => (await import('./command-command.ts')).addCommand,
	event: async () => (await import('./event-command.ts')).addEvent,
	listen: async () => (await import('./listen-command.ts')).addListen,
	resume: async () => (await import('./resume-command.ts')).addResume,
	init: async () => (await import('./init-command.ts')).addInit,
	ls: async () => (await import('./made-command.ts')).addLs,
	open: async () => (await import('./made-command.ts')).addOpen,
	clean: async () => (await import('./made-command.ts')).addClean,
	completion: async () => {
		const { addCompletion } = await import('./completion-command.ts');
		return (gridbeat, set) => addCompletion(gridbeat, set, () => commandsFor([], set));
	},
};

/** Adds the one that the command line names, or all of them for a help text or a name that nobody knows. */
async function addOthers(gridbeat: Command, set: Set, words: readonly string[]): Promise<void> {
	const name = words[0] ?? '';
	const isKnown =
		name === '--version' || gridbeat.commands.some((command) => command.name() === name);
	const loads = name in OTHERS ? [OTHERS[name]] : isKnown ? [] : Object.values(OTHERS);
	for (const load of loads) (await load?.())?.(gridbeat, set, words);
}

function addRun(gridbeat: Command, set: Set, words: readonly string[]): void {
	const run = gridbeat
		.command('run')
		.description('run a scenario and write its run folder and report')
		.argument('[scenario]', 'scenario file (YAML); default: a day in San Francisco');
	const overrides = new Map<string, unknown>();
	for (const { option, flag } of scenarioOptions()) {
		option.argParser((value: string) => {
			overrides.set(flag.key, flag.parse(value));
			return value;
		});
		run.addOption(option);
	}
	for (const option of SPECIAL_FLAGS) run.addOption(option as Option);
	for (const flag of ALWAYS_ON) run.addOption(run.createOption(flag, 'always on').hideHelp());
	addTraceFlags(addNatsFlags(run));
	for (const option of SEVERAL_FLAGS) run.addOption(option);
	run
		.option('--out <folder>', 'run folder; default: runs/<id>')
		.option('--id <id>', 'id of the run; default: name and time')
		.option(
			'--jobs <count>',
			'processes for --repeats, --vary and --without; default: one for each core',
		)
		.option('--workers', 'lend their runs to gridbeat worker --jobs at NATS_URL too')
		.option('--overwrite', 'write over a run that is there')
		.addOption(
			new Option(
				'--resume',
				'go on with the run in --out if it has not reached its end, and end well if it has: for programs that start this one again',
			).conflicts('overwrite'),
		)
		.option('--take-over', TAKE_OVER)
		.option('--serve [host:port]', SERVE)
		.option(...VERBOSE)
		.option('--json', 'print the result as JSON, everything else to standard error')
		.addOption(
			new Option(
				'--dry-run',
				'print the resolved scenario and the wiring, and run nothing',
			).conflicts(['log', 'logLevel', 'trace']),
		)
		.action(async (file: string | undefined, options: Record<string, unknown>) => {
			const cases = await scenariosOf(file, { overrides, options });
			const { scenario, origins, leftOut = null } = cases[0] as ResolvedCase;
			const asked = {
				...{ origins, leftOut },
				...(typeof options['out'] === 'string' ? { out: options['out'] } : {}),
				...shownBy(options),
				dryRun: options['dryRun'] === true,
				...standing(options),
				command: commandLine(words),
				env: natsEnv(options),
				logs: logFlags(options, process.env),
				serve: serveAt(options['serve']),
			};
			const { id } = options as { id?: string };
			if (cases.length === 1 && scenario.repeats === 1) {
				const { runCommand } = await import('./run-command.ts');
				return set(runCommand(scenario, { ...asked, id }));
			}
			refuseOfSeveral(cases.length > 1 ? 'runs' : 'repeats', { ...asked, id });
			const { jobs, workers = false } = options as { jobs?: string; workers?: boolean };
			const where = { workers, ...(jobs === undefined ? {} : { jobs }) };
			return set(
				cases.length > 1
					? runCompared(cases, { ...asked, ...where })
					: runRepeated(scenario, { ...asked, ...where }),
			);
		});
}

/** Read when asked for, as repeats are. */
async function runCompared(...args: Parameters<typeof runCases>): Promise<number> {
	return (await import('./cases-command.ts')).runCases(...args);
}

/** What becomes of a run that is there. */
function standing(options: Readonly<Record<string, unknown>>) {
	const is = (name: string) => options[name] === true;
	return { overwrite: is('overwrite'), resume: is('resume'), takeOver: is('takeOver') };
}

const SERVE =
	'serve it over HTTP while it goes on: dashboard, API, metrics; default: 127.0.0.1:8700';

/** Where a run is served; undefined: nowhere. An address that is left out is the default one. */
function serveAt(option: unknown): string | undefined {
	if (option === undefined) return undefined;
	return typeof option === 'string' ? option : '127.0.0.1';
}

/** Read when asked for: a single run needs nothing of it. */
async function runRepeated(...args: Parameters<typeof runRepeats>): Promise<number> {
	return (await import('./repeats-command.ts')).runRepeats(...args);
}

/** A word of the command line without the user that an address may hold: it is kept in run folders and reports. */
function openWord(word: string): string {
	return /:\/\/[^\s]*@/.test(word) ? withoutSecrets(word) : word;
}

/** The command line as one would type it. */
function commandLine(words: readonly string[]): string {
	const quoted = words.map((word) => shellWord(openWord(word)));
	return ['gridbeat', ...quoted].join(' ');
}

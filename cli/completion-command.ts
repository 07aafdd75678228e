import type { Argument, Command, Option } from 'commander';
import { EXIT } from '../kernel/host/program.ts';
import { ConfigError } from '../protocol/errors.ts';
import { quoted } from '../protocol/plain-text.ts';
import { PLACES } from './run-catalogue.ts';

/** What may follow a flag, or stand as an argument. */
type Values = readonly string[] | 'files' | 'runs' | 'nothing';

interface Flag {
	readonly names: readonly string[];
	readonly about: string;
	/** Null: it takes none. */
	readonly values: Values | null;
}

/** What a command takes: all that a shell has to know. */
interface Taken {
	/** Words of the command, such as `profiles list`; empty for the program itself. */
	readonly path: string;
	readonly commands: readonly { readonly name: string; readonly about: string }[];
	readonly flags: readonly Flag[];
	readonly argument: Values;
}

const SHELLS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/**
 * Adds `gridbeat completion`.
 *
 * @param all every command, with its flags
 */
export function addCompletion(
	gridbeat: Command,
	set: (work: Promise<number>) => Promise<void>,
	all: () => Promise<Command>,
): void {
	gridbeat
		.command('completion')
		.description('print what a shell needs to complete commands, flags and values')
		.argument('<shell>', Object.keys(SHELLS).join(', '))
		.action((shell: string) => set(complete(shell, all)));
}

async function complete(shell: string, all: () => Promise<Command>): Promise<number> {
	const script = Object.entries(SHELLS).find(([name]) => name === shell)?.[1];
	if (script === undefined)
		throw new ConfigError(
			`Cannot complete in ${quoted(shell)}: give ${Object.keys(SHELLS).join(', ')}`,
		);
	process.stdout.write(script(takenBy('', await all())));
	return EXIT.done;
}

function takenBy(path: string, command: Command): Taken[] {
	const shown = command.options.filter(({ hidden }) => !hidden).map(flagOf);
	const help: Flag = { names: ['--help'], about: 'what it takes', values: null };
	const own: Taken = {
		path,
		commands: command.commands.map((one) => ({ name: one.name(), about: one.description() })),
		flags: [...shown, help],
		argument: argumentOf(command.registeredArguments[0]),
	};
	return [own, ...command.commands.flatMap((one) => takenBy(`${path} ${one.name()}`.trim(), one))];
}

function flagOf(option: Option): Flag {
	const { long, short, required, optional, description, argChoices } = option;
	const names = [long, short].filter((name) => name !== null && name !== undefined);
	if (!required && !optional) return { names, about: description, values: null };
	const [, kind = ''] = /[<[]([\w ./:-]+?)(?:\.\.\.)?[>\]]/.exec(option.flags) ?? [];
	return { names, about: description, values: valuesOf(kind, { description, argChoices }) };
}

function argumentOf(argument: Argument | undefined): Values {
	if (argument === undefined) return 'nothing';
	return valuesOf(argument.name(), {
		description: argument.description,
		argChoices: argument.argChoices,
	});
}

/** By what a flag's value is called in the help, and what its words say of it. */
function valuesOf(
	kind: string,
	{ description, argChoices }: { description: string; argChoices: readonly string[] | undefined },
): Values {
	if (argChoices !== undefined) return argChoices;
	if (kind === 'run' || kind === 'run...') return 'runs';
	if (/^(file|folder|dir|scenario|source|policy)$/.test(kind)) return 'files';
	if (kind === 'name' || kind === 'how' || kind === 'shell' || kind === 'purpose')
		return wordsOf(description);
	return 'nothing';
}

/** The words of "pairwise or dgx: how …", "refuse, cut or drop: …", "only running, complete, …"; else nothing. */
function wordsOf(description: string): Values {
	const [list = ''] = description.replace(/^only /, '').split(':');
	const words = list.split(/, | or /).map((word) => word.trim());
	return words.length > 1 && words.every((word) => /^[a-z][\w-]*$/.test(word)) ? words : 'nothing';
}

const sh = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
const functionOf = (path: string) =>
	`_gridbeat${path === '' ? '' : `_${path.replace(/\W/g, '_')}`}`;

/** Bash: a table of words by command, and a table of values by command and flag. */
function bashScript(all: readonly Taken[]): string {
	const special = (values: Values) =>
		typeof values === 'string' ? `@${values}` : values.join(' ');
	const cases = all.map(({ path, commands, flags, argument }) => {
		const words = commands.map(({ name }) => name).join(' ');
		const names = flags.flatMap((flag) => flag.names).join(' ');
		return `\t\t${sh(path)}) commands=${sh(words)}; flags=${sh(names)}; argument=${sh(special(argument))} ;;`;
	});
	const values = all.flatMap(({ path, flags }) =>
		flags.flatMap((flag) =>
			flag.values === null
				? []
				: flag.names.map(
						(name) =>
							`\t\t${sh(`${path} ${name}`)}) values=${sh(special(flag.values as Values))} ;;`,
					),
		),
	);
	return `# bash completion of gridbeat: source <(gridbeat completion bash)
_gridbeat_words() {
	case "$1" in
${cases.join('\n')}
		*) return 1 ;;
	esac
}
_gridbeat_values() {
	case "$1" in
${values.join('\n')}
		*) return 1 ;;
	esac
}
_gridbeat_reply() {
	local IFS=$'\\n'
	case "$1" in
		@files) compopt -o filenames 2>/dev/null || :; COMPREPLY=($(compgen -f -- "$2" || :)) ;;
		@runs) compopt -o filenames 2>/dev/null || :; COMPREPLY=($(compgen -d -- "$2" || :))
			[ ${'$'}{#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(cd runs 2>/dev/null && compgen -d -- "$2" || :)) ;;
		@nothing) COMPREPLY=() ;;
		*) COMPREPLY=($(compgen -W "${'$'}{1// /$'\\n'}" -- "$2" || :)) ;;
	esac
}
_gridbeat() {
	local word="${'$'}{COMP_WORDS[COMP_CWORD]}" before="${'$'}{COMP_WORDS[COMP_CWORD-1]}" path='' commands flags argument values i one
	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		one="${'$'}{path:+$path }${'$'}{COMP_WORDS[i]}"
		_gridbeat_words "$one" && path="$one" || [ -z "$path" ] || break
	done
	_gridbeat_words "$path"
	if [[ $before == -* ]] && _gridbeat_values "$path $before"; then _gridbeat_reply "$values" "$word"
	elif [[ $word == -* ]]; then _gridbeat_reply "$flags" "$word"
	elif [ -n "$commands" ]; then _gridbeat_reply "$commands" "$word"
	else _gridbeat_reply "$argument" "$word"; fi
}
complete -F _gridbeat gridbeat
`;
}

/** A text between brackets of zsh's specifications. */
const zshText = (text: string) => text.replace(/[[\]:\\]/g, (char) => `\\${char}`);

function zshScript(all: readonly Taken[]): string {
	const action = (values: Values) =>
		values === 'files'
			? '_files'
			: values === 'runs'
				? `_files -/ -W "(. ${PLACES.join(' ')})"`
				: values === 'nothing'
					? ' '
					: `(${values.join(' ')})`;
	const functions = all.map(({ path, commands, flags, argument }) => {
		const specs = flags.flatMap(({ names, about, values }) =>
			names.map((name) => {
				const value = values === null ? '' : `:value:${action(values)}`;
				return `\t\t${sh(`*${name}[${zshText(about)}]${value}`)}`;
			}),
		);
		if (commands.length === 0)
			return `${functionOf(path)}() {\n\t_arguments \\\n${[...specs, `\t\t${sh(`*:argument:${action(argument)}`)}`].join(' \\\n')}\n}`;
		const names = commands.map(({ name, about }) => `\t\t${sh(`${name}:${zshText(about)}`)}`);
		const branches = commands.map(
			({ name }) => `\t\t${name}) ${functionOf(`${path} ${name}`.trim())} ;;`,
		);
		return `${functionOf(path)}() {
	local -a commands=(
${names.join('\n')}
	)
	local context state line
	_arguments -C \\
${specs.join(' \\\n')} \\
		'1: :->command' '*:: :->rest'
	case $state in
		command) _describe command commands ;;
		rest) case $line[1] in
${branches.join('\n')}
		esac ;;
	esac
}`;
	});
	return `#compdef gridbeat
# zsh completion of gridbeat: gridbeat completion zsh > a folder of $fpath/_gridbeat
${functions.join('\n')}
compdef _gridbeat gridbeat
`;
}

function fishScript(all: readonly Taken[]): string {
	const fish = (text: string) => `'${text.replace(/[\\']/g, (char) => `\\${char}`)}'`;
	const at = (path: string, commands: Taken['commands']) => {
		const words = path.split(' ');
		const seen =
			path === '' ? '' : words.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ');
		const names = commands.map(({ name }) => name).join(' ');
		const first =
			path === ''
				? '__fish_use_subcommand'
				: names === ''
					? seen
					: `${seen}; and not __fish_seen_subcommand_from ${names}`;
		return fish(first);
	};
	const given = (values: Values) =>
		values === 'files' || values === 'runs'
			? ' -r -F'
			: values === 'nothing'
				? ' -x'
				: ` -x -a ${fish(values.join(' '))}`;
	const lines = all.flatMap(({ path, commands, flags, argument }) => {
		const where = `complete -c gridbeat -n ${at(path, commands)}`;
		const isFile = argument === 'files' || argument === 'runs';
		return [
			...commands.map(({ name, about }) => `${where} -f -a ${name} -d ${fish(about)}`),
			...(commands.length > 0 || isFile
				? []
				: [`${where} -f${typeof argument === 'string' ? '' : ` -a ${fish(argument.join(' '))}`}`]),
			...flags.map(({ names, about, values }) => {
				const ways = names.map((name) =>
					name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`,
				);
				return `${where} ${ways.join(' ')}${values === null ? '' : given(values)} -d ${fish(about)}`;
			}),
		];
	});
	return `# fish completion of gridbeat: gridbeat completion fish > ~/.config/fish/completions/gridbeat.fish
${lines.join('\n')}
`;
}

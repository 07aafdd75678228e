import { type Flag, flagTable } from './flag-table.ts';

/** What the value of a flag looks like. */
const VALUES: Readonly<Record<Flag['kind'], string>> = {
	...{ integer: ' <integer>', number: ' <number>', text: ' <text>', list: ' <text...>' },
	switch: '',
};

const SECTIONS: readonly (readonly [Flag['use'], string])[] = [
	['used', 'Flags, as Vidur has them:'],
	['fixed', 'Flags that can have their default only:'],
	['ignored', 'Flags that are accepted, and nothing here depends on them:'],
];

/** All flags with their values and defaults, for a terminal. */
export function flagHelp(): string {
	const flags = [...flagTable.values()];
	return SECTIONS.map(([use, title]) =>
		[title, ...flags.filter((flag) => flag.use === use).flatMap(flagLines)].join('\n'),
	).join('\n\n');
}

function flagLines({ name, kind, initial, choices }: Flag): string[] {
	const value = choices === null ? VALUES[kind] : ' <name>';
	const text = kind === 'switch' ? `--${name}, --no-${name}` : `--${name}${value}`;
	const byDefault = Array.isArray(initial) ? initial.join(' ') : String(initial ?? 'none');
	const of = choices === null ? '' : `; one of ${choices.join(', ')}`;
	return [`  ${text}`, ...folded(`default ${byDefault}${of}`)];
}

const INDENT = '      ';
const TERMINAL_WIDTH = 80;

/** In lines that fit a terminal. */
function folded(text: string): string[] {
	const lines: string[] = [];
	let line = INDENT.slice(1);
	for (const word of text.split(' ')) {
		if (line.length + 1 + word.length > TERMINAL_WIDTH && line.trim() !== '') {
			lines.push(line);
			line = INDENT.slice(1);
		}
		line += ` ${word}`;
	}
	return [...lines, line];
}

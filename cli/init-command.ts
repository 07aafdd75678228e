import { existsSync, rmSync } from 'node:fs';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { writeWhole } from '../kernel/files/write-whole.ts';
import { ConfigError } from '../protocol/errors.ts';
import { nearestName } from '../protocol/nearest-name.ts';
import { quoted } from '../protocol/plain-text.ts';
import { shellWord } from '../protocol/shell-word.ts';
import { checkScenario } from '../run/make-plan.ts';
import { readScenario } from '../run/resolve/scenario-file.ts';
import { CapacityFile } from '../studies/capacity/capacity-file.ts';
import { readStudy, scenarioAt } from '../studies/session/study-file.ts';
import { expandDesign } from '../studies/sweep/design.ts';
import { SweepFile } from '../studies/sweep/sweep-file.ts';
import { numeric } from './flags.ts';
import { TEMPLATES } from './init-templates.ts';

interface InitOptions {
	readonly location: string;
	readonly latitude?: string;
	readonly longitude?: string;
	readonly timezone?: string;
	readonly gridZone?: string;
	readonly out?: string;
	readonly overwrite?: boolean;
}

/** Adds `gridbeat init`. */
export function addInit(gridbeat: Command, set: (work: Promise<number>) => Promise<void>): void {
	const purposes = Object.entries(TEMPLATES).map(
		([name, { about }]) => `${name.padEnd(9)} ${about}`,
	);
	gridbeat
		.command('init')
		.description('write a scenario with comments for a place and a purpose, which runs')
		.argument('[purpose]', Object.keys(TEMPLATES).join(', '), 'fleet')
		.option('--location <name>', 'a city, or any name with coordinates', 'San Francisco')
		.option('--latitude <degrees>', 'degrees north, with --longitude')
		.option('--longitude <degrees>', 'degrees east')
		.option('--timezone <zone>', 'IANA time zone; default: that of the nearest city')
		.option('--grid-zone <name>', 'grid of a place with coordinates, such as IE')
		.option('--out <file>', 'file to write; default: PURPOSE.yaml')
		.option('--overwrite', 'write over a file that is there')
		.addHelpText('after', `\nPurposes:\n  ${purposes.join('\n  ')}`)
		.action((purpose: string, options: InitOptions) => set(init(purpose, options)));
}

async function init(purpose: string, options: InitOptions): Promise<number> {
	const template = TEMPLATES[purpose];
	if (template === undefined) {
		const names = Object.keys(TEMPLATES);
		const nearest = nearestName(purpose, names);
		const meant = nearest === null ? '' : `did you mean "${nearest}"? `;
		throw new ConfigError(
			`Cannot begin a scenario for ${quoted(purpose)}: ${meant}give ${names.join(', ')}`,
		);
	}
	const { command } = template;
	const path = options.out ?? `${purpose}.yaml`;
	if (existsSync(path) && options.overwrite !== true)
		throw new ConfigError(`Cannot write ${quoted(path)}: it is there; give --overwrite or --out`);
	const before = existsSync(path);
	writeWhole(
		path,
		template.text.replace(/^( *)\{location\}$/m, (_all, indent) => placeText(options, indent)),
	);
	try {
		await check(path, command);
	} catch (error) {
		if (!before) rmSync(path);
		throw error;
	}
	process.stdout.write(`Wrote ${path}; run it: gridbeat ${command} ${shellWord(path)}\n`);
	return 0;
}

/** The keys of the place, at the depth where they stand. */
function placeText(options: InitOptions, indent: string): string {
	const { location: name, latitude, longitude, timezone, gridZone } = options;
	const coordinates = [latitude, longitude, timezone];
	const isPlaced = [...coordinates, gridZone].some((one) => one !== undefined);
	if (isPlaced && coordinates.includes(undefined))
		throw new ConfigError(
			'Cannot use coordinates (--grid-zone is one of them): give all of --latitude, --longitude and --timezone, such as --latitude 48.1 --longitude 11.6 --timezone Europe/Berlin',
		);
	const location =
		latitude === undefined || longitude === undefined
			? name
			: {
					...{ name, latitude: numeric('latitude')(latitude) },
					...{ longitude: numeric('longitude')(longitude), timezone, gridZone },
				};
	const lines = stringify({ location }, { lineWidth: 0 }).trimEnd().split('\n');
	return lines.map((line) => `${indent}${line}`).join('\n');
}

/** What was written is what runs. @throws ConfigError */
async function check(path: string, command: 'run' | 'sweep' | 'capacity'): Promise<void> {
	if (command === 'run') return checkScenario(readScenario(path, new Map()));
	const schema = command === 'sweep' ? SweepFile : CapacityFile;
	const { file, base } = readStudy<SweepFile | CapacityFile>(path, schema, `${command} file`);
	for (const point of expandDesign(file, '1')) await checkScenario(scenarioAt(base, point));
}

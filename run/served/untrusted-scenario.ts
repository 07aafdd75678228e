import { existsSync, lstatSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { isBelow, realFolder } from '../../kernel/files/open-below.ts';
import { projectFile } from '../../kernel/files/project-file.ts';
import { ConfigError } from '../../protocol/errors.ts';
import type { Scenario } from '../../protocol/scenario/scenario.ts';
import { mayNameFile } from '../resolve/scenario-file.ts';

/** Data that ship: whoever has the program has them too. */
const SHIPPED = ['examples', 'profiling-data', 'weather-data'];

/**
 * Refuses a scenario that would do more for whoever sends it than they can do themselves: whoever reaches the server of
 * somebody else, on a machine that both use, would have code run as that one, see their files, or be sent what they log
 * in with elsewhere.
 *
 * @param scenario its paths are absolute
 * @param data folders whose files may be read beside those that ship
 * @throws ConfigError naming what is refused, and nothing of what is there
 */
export function refuseUntrusted(scenario: Scenario, data: readonly string[]): void {
	const folders = [...SHIPPED.map(projectFile), ...data].map(realFolder);
	visit(scenario, '', (key, value, holder) => {
		refuseCode(key, value, holder);
		refuseSecrets(key, value, holder);
		if (typeof value === 'string' && mayNameFile(key)) refuseFile(value, folders);
	});
}

type Node = Readonly<Record<string, unknown>>;

/** Calls with each member of a scenario, and what it is a member of. */
function visit(
	node: unknown,
	key: string,
	see: (key: string, value: unknown, holder: Node) => void,
): void {
	if (typeof node !== 'object' || node === null) return;
	for (const [name, value] of Object.entries(node)) {
		// Of a list, each is what the list is.
		const called = Array.isArray(node) ? key : name;
		see(called, value, node as Node);
		visit(value, called, see);
	}
}

const WITHOUT_TOKEN = 'this server asks for no token; set GRIDBEAT_TOKEN where it is started';

/** An actor, a part or a signal of the user’s own, or a policy. */
function refuseCode(key: string, value: unknown, { type }: Node): void {
	if (typeof value !== 'string') return;
	if (key === 'module' || (key === 'path' && type === 'plugin'))
		throw new ConfigError(`Cannot start a run with the code "${value}": ${WITHOUT_TOKEN}`);
}

/** Variables of the environment that a scenario names, and addresses to which those would go that its user keeps for others. */
function refuseSecrets(key: string, value: unknown, { type }: Node): void {
	const isVariable = key === 'tokenEnv' || key === 'passwordEnv';
	const isOther = key === 'baseUrl' || (key === 'server' && type === 'nats');
	if ((isVariable || isOther) && typeof value === 'string')
		throw new ConfigError(`Cannot start a run with the ${key} "${value}": ${WITHOUT_TOKEN}`);
	const [header] = key === 'headersEnv' ? Object.keys(value ?? {}) : [];
	if (header !== undefined)
		throw new ConfigError(`Cannot start a run with the header "${header}": ${WITHOUT_TOKEN}`);
}

/** A name of what ships is no file, unless there is one of that name; it leads nowhere else. */
function refuseFile(value: string, folders: readonly string[]): void {
	const isName = !isAbsolute(value) && !value.split(/[\\/]/).includes('..');
	const path = resolve(value);
	if (isName && !existsSync(path)) return;
	const real = realFolder(path);
	// A link to what is not there yet could be one to anything.
	const isOpen = !existsSync(path) && isLink(path);
	if (!isOpen && folders.some((folder) => isBelow(folder, real))) return;
	throw new ConfigError(
		`Cannot start a run with the file "${value}": this server asks for no token, and reads only what ships and what is below the folders that it is given with --data`,
	);
}

function isLink(path: string): boolean {
	try {
		return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
	} catch {
		// Nothing is below a file.
		return false;
	}
}

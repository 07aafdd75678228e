import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { makeNkey } from '../kernel/bus/nkey.ts';
import { EXIT } from '../kernel/host/program.ts';
import { MAX_PAYLOAD_BYTES } from '../kernel/nats-server/private-server.ts';
import { inboxPrefixOf, type RoleUser } from '../kernel/nats-server/roles.ts';
import { accountsText, serverText } from '../kernel/nats-server/server-config.ts';
import { ConfigError, messageOf } from '../protocol/errors.ts';
import { Name } from '../protocol/readings.ts';
import { say } from './say.ts';

interface Flags {
	readonly out: string;
	readonly url: string;
	readonly worker: readonly string[];
	readonly observer: readonly string[];
	readonly run?: string | undefined;
}

/** Secrets are for whoever runs this alone. */
const [OURS_ALONE, PUBLIC] = [0o600, 0o644];

/** Adds `gridbeat nats-config`; `set` takes the exit code. */
export function addNatsConfig(
	gridbeat: Command,
	set: (work: Promise<number>) => Promise<void>,
): void {
	const collect = (word: string, before: readonly string[]) => [...before, word];
	gridbeat
		.command('nats-config')
		.description(
			'write accounts and permissions of a NATS server by role: coordinator, worker, observer, jobs',
		)
		.requiredOption('--out <folder>', 'where to write; what is there already is not written over')
		.option('--url <url>', 'of the server, for the contexts', 'nats://127.0.0.1:4222')
		.option(
			'--worker <name[=host,...]>',
			'a worker, and the hosts or actors that it may be; any number of times; default: worker, any',
			collect,
			[],
		)
		.option('--observer <name>', 'who may watch; any number of times', collect, [])
		.option('--run <id>', 'workers may take part in this run alone, started with --id')
		.action((flags: Flags) => set(Promise.resolve(writeConfig(flags))));
}

/** @throws ConfigError for names that are none or come twice, and files that cannot be written */
function writeConfig({ out, url, worker, observer, ...flags }: Flags): number {
	const run = flags.run === undefined ? null : named(flags.run, 'a run');
	const users = [
		user('coordinator', 'coordinator'),
		...(worker.length === 0 ? ['worker'] : worker).map((word) => {
			const [name = '', ...rest] = word.split('=');
			const actors = rest.length === 0 ? [] : rest.join('=').split(',');
			for (const one of actors) named(one, 'a host or an actor');
			return { ...user(name, 'worker'), run, actors };
		}),
		...(observer.length === 0 ? ['observer'] : observer).map((name) => user(name, 'observer')),
		user('jobs', 'jobs'),
	];
	const twice = users.find(({ name }, i) => users.findIndex((one) => one.name === name) !== i);
	if (twice !== undefined)
		throw new ConfigError(`Cannot make two users "${twice.name}": give each a name of its own`);
	const folder = resolve(out);
	const keys = users.map(() => makeNkey());
	const files: [name: string, text: string, mode: number][] = [
		[
			'accounts.conf',
			accountsText(users.map((one, i) => ({ ...one, publicKey: keys[i]?.publicKey ?? '' }))),
			PUBLIC,
		],
		['nats-server.conf', serverText(MAX_PAYLOAD_BYTES), PUBLIC],
	];
	for (const [i, { name, role }] of users.entries()) {
		const context = {
			...{ description: `Gridbeat: ${role}`, url, nkey: join(folder, `${name}.nk`) },
			inbox_prefix: inboxPrefixOf(name),
		};
		files.push([`${name}.nk`, `${keys[i]?.seed ?? ''}\n`, OURS_ALONE]);
		files.push([`${name}.json`, `${JSON.stringify(context, null, 2)}\n`, OURS_ALONE]);
	}
	try {
		mkdirSync(folder, { recursive: true });
		for (const [name, text, mode] of files) writeNew(join(folder, name), text, mode);
	} catch (error) {
		throw new ConfigError(`Cannot write to "${out}": ${messageOf(error).split(',')[0]}`);
	}
	say(
		`${users.length} users are in ${join(out, 'accounts.conf')}, and for each its key (.nk) and its context (.json):`,
	);
	say(`  nats-server -c ${join(out, 'nats-server.conf')}`);
	say(`  gridbeat run --nats-context ${join(out, 'coordinator.json')}`);
	return EXIT.done;
}

function user(name: string, role: RoleUser['role']): RoleUser {
	return { name: named(name, 'a user'), role, run: null, actors: [] };
}

function named(name: string, what: string): string {
	if (Name.safeParse(name).success) return name;
	throw new ConfigError(`Cannot use "${name}" as ${what}: give letters, digits, - and _`);
}

/** Never over a file that is there: it may be the key of somebody who is at work. */
function writeNew(path: string, text: string, mode: number): void {
	const file = openSync(path, 'wx', mode);
	try {
		writeSync(file, text);
	} finally {
		closeSync(file);
	}
}

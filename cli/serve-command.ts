import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { projectFile } from '../kernel/files/project-file.ts';
import { EXIT, version } from '../kernel/host/program.ts';
import { ConfigError, messageOf } from '../protocol/errors.ts';
import type { RunOptions } from '../run/run-scenario.ts';
import { FolderRuns } from '../run/served/folder-runs.ts';
import { LiveRun } from '../run/served/live-run.ts';
import { makeGateway } from '../services/gateway/gateway.ts';
import { onInterruptions } from './interruptions.ts';
import { natsEnv } from './nats-flags.ts';
import { say } from './say.ts';
import { type Address, addressOf, DEFAULT_PORT, guardOf } from './serve-address.ts';
import { CLOCK } from './serve-clock.ts';

interface ServeFlags {
	readonly at: string;
	readonly data: readonly string[];
}

/** Adds `gridbeat serve`; `set` takes the exit code. */
export function addServe(gridbeat: Command, set: (work: Promise<number>) => Promise<void>): void {
	gridbeat
		.command('serve')
		.description(
			'serve runs over HTTP: a dashboard, an API and metrics; new ones can be started there',
		)
		.argument('[folder]', 'a run folder, or a folder of them; default: runs')
		.option('--at <host:port>', 'where to listen', `127.0.0.1:${DEFAULT_PORT}`)
		.option(
			'--data <folder>',
			'whose files scenarios may name that are sent without a token; any number of times',
			(folder: string, before: readonly string[]) => [...before, folder],
			[],
		)
		.action((folder: string | undefined, { at, data }: ServeFlags) =>
			set(serve(folderOf(folder), addressOf(at), data)),
		);
}

/** The default folder comes to be with the first run; one that is named and is not there is a slip. */
function folderOf(named: string | undefined): string {
	if (named !== undefined && !existsSync(named))
		throw new ConfigError(
			`Cannot serve the runs in "${named}": there is no such folder; make it, or leave it out for "runs"`,
		);
	return named ?? 'runs';
}

async function serve(folder: string, address: Address, data: readonly string[]): Promise<number> {
	for (const one of data)
		if (statSync(one, { throwIfNoEntry: false })?.isDirectory() !== true)
			throw new ConfigError(`Cannot serve data of "${one}": it is no folder`);
	const runs = new FolderRuns({ ...placeOf(folder), data, env: natsEnv({}), onNotice: say });
	const server = await openServer(runs, address);
	say(`Runs in ${folder}, and what is started there: ${server.url}`);
	await new Promise<void>((done) => {
		const ignore = onInterruptions(() => {
			ignore();
			done();
		});
	});
	await runs.stop();
	await server.close();
	return EXIT.done;
}

/**
 * Runs something that is served while it goes on.
 *
 * @param at where, as addressOf() reads it
 * @throws ConfigError for an address that cannot be had, and what `go` throws
 */
export async function serveRun<T>(
	at: string,
	options: RunOptions,
	go: (options: RunOptions) => Promise<T>,
): Promise<T> {
	const { env, out, onNotice = say } = options;
	const only = out === undefined ? {} : { only: resolve(out) };
	const runs = new FolderRuns({ root: resolve('runs'), ...only, env, onNotice });
	const server = await openServer(runs, addressOf(at));
	onNotice(`Served while it goes on: ${server.url}`);
	try {
		return await LiveRun.follow(options, go, (run) => runs.add(run));
	} finally {
		await runs.stop();
		await server.close();
	}
}

/** @throws ConfigError for a folder that is not there */
function placeOf(folder: string): { root: string; only?: string } {
	const path = resolve(folder);
	if (existsSync(join(path, 'metadata.yaml'))) return { root: dirname(path), only: path };
	const found = statSync(path, { throwIfNoEntry: false });
	if (found !== undefined && !found.isDirectory())
		throw new ConfigError(`Cannot serve "${folder}": it is a file, not a folder`);
	return { root: path };
}

/** A server that answers. */
interface OpenServer {
	/** For a browser; with the token, where one is needed. */
	readonly url: string;
	close(): Promise<void>;
}

/**
 * Serves runs at an address.
 *
 * @throws ConfigError for an address that cannot be had, or a token that is none
 */
async function openServer(runs: FolderRuns, address: Address): Promise<OpenServer> {
	const guard = guardOf(address, process.env['GRIDBEAT_TOKEN'] || undefined);
	const app = await makeGateway({ runs, guard, clock: CLOCK, version: version(), assets: PAGE });
	const { host, port } = address;
	try {
		await app.listen({ host, port });
	} catch (error) {
		throw new ConfigError(`Cannot serve at ${host}:${port}: ${messageOf(error)}`);
	}
	const bound = app.server.address();
	const at = typeof bound === 'object' && bound !== null ? bound.port : port;
	const name = host.includes(':') ? `[${host}]` : host;
	const query = guard.token === null ? '' : `?token=${guard.token}`;
	return { url: `http://${name}:${at}/${query}`, close: () => app.close() };
}

/** The dashboard as the build makes it. */
const PAGE = projectFile('dist/services/gateway/page');

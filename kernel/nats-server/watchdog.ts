import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { Socket } from 'node:net';

/**
 * A server process that cannot outlive us. A small shell in a session of its own starts the server and keeps
 * reading a pipe that only we hold open: however we end (return, Ctrl-C, crash, kill -9), the pipe closes,
 * the shell ends the server and removes its folder. POSIX only; Windows has no such shell.
 */
export interface Watched {
	/** The shell has ended, and with it the server. Carries the end of the server's log. */
	readonly ended: Promise<{ readonly code: number | null; readonly log: string }>;
	/** Ends the server and waits until it and its folder are gone. */
	stop(): Promise<void>;
}

export interface WatchedCommand {
	/** The server's private folder, removed at the end; its output goes to `server.log` there. */
	readonly folder: string;
	readonly command: string;
	readonly args: readonly string[];
	/** Run when the server did not heed SIGTERM, before it is killed; for servers behind a client command. */
	readonly lastResort?: string;
}

export const SERVER_LOG = 'server.log';
const STOP_LIMIT_MS = 15_000;
const LOG_CHARS_MAX = 8000;

// INT, HUP and TERM are ignored, since they are for the run, which ends this shell by closing the pipe. The reader is
// a process of its own, so that `wait` sees the server's own death at once and the pipe is served even if the
// outer shell is killed.
const SCRIPT = `
trap '' INT HUP TERM PIPE
folder=$1 last_resort=$2
shift 2
exec 3<&0 </dev/null
"$@" >"$folder/${SERVER_LOG}" 2>&1 3<&- &
server=$!
(
	while read -r line <&3; do :; done
	kill -TERM $server 2>/dev/null
	tries=0
	while kill -0 $server 2>/dev/null && [ $tries -lt 30 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	if kill -0 $server 2>/dev/null; then
		[ -z "$last_resort" ] || sh -c "$last_resort" >/dev/null 2>&1
		kill -KILL $server 2>/dev/null
	fi
	rm -rf "$folder"
) >/dev/null 2>&1 &
reader=$!
wait $server
code=$?
tail -n 20 "$folder/${SERVER_LOG}" 2>/dev/null
kill -KILL $reader 2>/dev/null
rm -rf "$folder"
exit $code
`;

/** Starts the command under a watchdog. It does not keep this process alive. */
export function startWatched(watched: WatchedCommand): Watched {
	const child = spawn(
		'/bin/sh',
		[
			'-c',
			SCRIPT,
			'nats-watchdog',
			watched.folder,
			watched.lastResort ?? '',
			watched.command,
			...watched.args,
		],
		{ detached: true, stdio: ['pipe', 'pipe', 'ignore'] },
	);
	let log = '';
	child.stdout.on('data', (chunk: Buffer) => {
		log = (log + chunk.toString()).slice(-LOG_CHARS_MAX);
	});
	// The pipe's other end may go first: then there is nobody left to tell.
	child.stdin.on('error', () => {});
	const ended = new Promise<{ code: number | null; log: string }>((resolve) => {
		child.on('error', (error) => resolve({ code: null, log: error.message }));
		child.on('close', (code) => resolve({ code, log }));
	});
	hold(child, false);
	return {
		ended,
		async stop() {
			hold(child, true);
			child.stdin.end();
			let limit: NodeJS.Timeout | undefined;
			await Promise.race([
				ended,
				new Promise((resolve) => {
					limit = setTimeout(resolve, STOP_LIMIT_MS);
				}),
			]);
			clearTimeout(limit);
			hold(child, false);
			// The outer shell may have been killed; the folder goes all the same.
			rmSync(watched.folder, { recursive: true, force: true });
		},
	};
}

/** Whether the child and its pipes keep this process alive. */
function hold(child: ChildProcess, alive: boolean): void {
	for (const handle of [child, child.stdin, child.stdout]) {
		if (handle instanceof Socket || handle === child) alive ? handle.ref() : handle.unref();
	}
}

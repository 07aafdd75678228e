import { existsSync, rmSync } from 'node:fs';
import { createConnection, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { ConfigError } from '../../protocol/errors.ts';
import { MESSAGE_BYTES_MAX } from '../../protocol/message-shape.ts';
import { accessFolder, keepAccess } from './run-access.ts';

/**
 * A run that is all in one process has no server over which its user speaks to it. It has a socket in the folder of the
 * user's alone, where whoever connects says one control message and hears one answer.
 */

/** Systems know no longer path of a socket. */
const PATH_BYTES_MAX = 100;
/** Nobody keeps a connection for longer without saying anything. */
const SILENT_MS = 30_000;

/**
 * Opens the socket of a run until the returned function is called.
 *
 * @param ask hands a control message to the run, as bytes, and resolves with its answer
 * @throws ConfigError where no folder of the user's own can be had
 */
export function openRunSocket(
	run: string,
	ask: (control: Uint8Array) => Promise<Uint8Array>,
): () => void {
	const path = join(accessFolder(true), `${run.slice(-40)}.sock`);
	if (Buffer.byteLength(path) > PATH_BYTES_MAX)
		throw new ConfigError(
			`Cannot let other processes control the run by "${path}": the path is too long for a socket; set XDG_RUNTIME_DIR`,
		);
	// Of a run of this name that was killed.
	if (existsSync(path)) rmSync(path, { force: true });
	const server = createServer({ allowHalfOpen: true }, (socket) => {
		socket.setTimeout(SILENT_MS, () => socket.destroy());
		heard(socket)
			.then(ask)
			.then(
				(answer) => socket.end(answer),
				() => socket.destroy(),
			);
	});
	server.on('error', () => {});
	server.listen(path).unref();
	const forget = keepAccess({ run, pid: process.pid, socket: path });
	return () => {
		forget();
		server.close();
	};
}

/**
 * Says something to a run by its socket. Resolves with what it answers.
 *
 * @throws an error of the system where nobody is behind it or nothing comes back
 */
export function askRunSocket(path: string, control: Uint8Array): Promise<Uint8Array> {
	const socket = createConnection(path);
	socket.setTimeout(SILENT_MS, () => socket.destroy(new Error('it does not answer')));
	socket.end(control);
	return heard(socket);
}

/** All that comes, up to the end. */
function heard(socket: Socket): Promise<Uint8Array> {
	return new Promise((resolve, reject) => {
		const parts: Buffer[] = [];
		let bytes = 0;
		socket.on('data', (part) => {
			parts.push(part);
			bytes += part.length;
			if (bytes > MESSAGE_BYTES_MAX) socket.destroy(new Error('it says too much'));
		});
		socket.on('end', () => resolve(Buffer.concat(parts)));
		socket.on('error', reject);
		socket.on('close', () => reject(new Error('it was closed')));
	});
}

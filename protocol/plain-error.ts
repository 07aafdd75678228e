/**
 * What Node and the language say of what went wrong, in words of people: their own are made for programs
 * (`ENOENT: no such file or directory, open '/x'`), and would show through in messages that a user reads.
 */

/** By the code of the system, of files, programs and connections. */
const SYSTEM: Readonly<Record<string, string>> = {
	ENOENT: 'there is no such file',
	EISDIR: 'it is a folder, not a file',
	ENOTDIR: 'a part of the path is a file, not a folder',
	EACCES: 'permission denied',
	EPERM: 'that is not permitted',
	EEXIST: 'there is something of that name already',
	ENOTEMPTY: 'the folder is not empty',
	ELOOP: 'its symbolic links go in a circle',
	ENAMETOOLONG: 'the name is too long',
	ENXIO: 'nothing is at its other end',
	ENOSPC: 'no space left on the device',
	EDQUOT: 'the disk quota is used up',
	EROFS: 'the file system is read-only',
	EFBIG: 'a file may not become so large here',
	EIO: 'the disk does not answer',
	EMFILE: 'too many open files; raise the limit (ulimit -n)',
	ENFILE: 'too many open files on this machine',
	EADDRINUSE: 'another program listens there',
	EADDRNOTAVAIL: 'this machine has no such address',
	ECONNREFUSED: 'nothing listens there',
	ECONNRESET: 'the connection was cut',
	EPIPE: 'the other end has gone',
	ETIMEDOUT: 'no answer in time',
	ENOTFOUND: 'there is no host of that name',
	EAI_AGAIN: 'the name of the host could not be looked up',
	EHOSTUNREACH: 'no way leads there',
	ENETUNREACH: 'no way leads there',
};

/** By Node's own codes. */
const NODE: Readonly<Record<string, string>> = {
	ERR_INVALID_ARG_VALUE: 'a name cannot have a character of code 0',
	ERR_STRING_TOO_LONG: 'it is too large to be read at once (more than 512 MiB of text)',
	ERR_FS_FILE_TOO_LARGE: 'it is too large to be read at once (more than 2 GiB)',
	ERR_ENCODING_INVALID_ENCODED_DATA: 'it is no text in UTF-8',
	ERR_SOCKET_BAD_PORT: 'a port is a number from 0 to 65535',
};

/** What the system says when it is asked to start a program. */
function programReason(code: string, path: unknown): string | undefined {
	if (code === 'ENOENT') return `there is no program ${JSON.stringify(String(path ?? ''))}`;
	return code === 'EACCES' ? 'it may not be run here' : undefined;
}

function systemReason(error: NodeJS.ErrnoException): string | undefined {
	const { code, syscall } = error;
	if (typeof code !== 'string') return undefined;
	if (syscall === undefined) return NODE[code];
	if (syscall.startsWith('spawn')) return programReason(code, error.path);
	if (syscall === 'listen' && code === 'EACCES') return 'that port needs more rights';
	if (/^(scandir|opendir)$/.test(syscall) && code === 'ENOENT') return 'there is no such folder';
	return SYSTEM[code];
}

/** What the parser of JSON says, with the place where it has one. */
function jsonReason({ message }: Error): string {
	if (/end of JSON input|Unterminated/.test(message)) return 'it is JSON that ends too early';
	const [, line, column] = /\(line (\d+) column (\d+)\)/.exec(message) ?? [];
	const place = /position (\d+)/.exec(message)?.[1];
	if (line !== undefined) return `it is no JSON from line ${line}, column ${column} on`;
	return place === undefined ? 'it is no JSON' : `it is no JSON from character ${place} on`;
}

/** Whoever mends these finds the others. */
const ISSUES_MAX = 3;

interface Issue {
	readonly path: readonly PropertyKey[];
	readonly message: string;
}

/** What a schema has against a value, each with its place. */
function issuesReason(issues: readonly Issue[]): string {
	const texts = issues
		.slice(0, ISSUES_MAX)
		.map(({ path, message }) =>
			path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`,
		);
	const more = issues.length - texts.length;
	return [...texts, ...(more > 0 ? [`and ${more} more`] : [])].join('; ');
}

/** What went wrong, in a line; the error's own words where they are made for people. */
export function plainReason(error: Error): string {
	const { issues, errors } = error as { issues?: unknown; errors?: unknown };
	if (Array.isArray(issues)) return issuesReason(issues as Issue[]);
	// Of an address with several numbers Node lists what it tried, and has no message.
	const [first]: unknown[] = error.message === '' && Array.isArray(errors) ? errors : [];
	if (first instanceof Error) return plainReason(first);
	// What fetch throws says nothing but that it failed.
	if (error.message === 'fetch failed' && error.cause instanceof Error)
		return plainReason(error.cause);
	if (error instanceof SyntaxError && error.message.includes('JSON')) return jsonReason(error);
	return systemReason(error) ?? error.message;
}

import { messageOf } from '../protocol/errors.ts';

/** What is said of an error that nobody foresaw: what the system refused, or a fault of ours with what finds it. */
export function unexpectedText(error: Error): string {
	const { syscall, path } = error as NodeJS.ErrnoException;
	const isOfSystem = syscall !== undefined || (error as { code?: unknown }).code !== undefined;
	if (isOfSystem) {
		const what = path === undefined ? 'Cannot go on' : `Cannot use "${path}"`;
		return `${what}: ${messageOf(error)}`;
	}
	return `Cannot go on: this is a fault of Gridbeat; please report it with these lines\n${error.stack ?? messageOf(error)}`;
}

import { messageOf } from '../../protocol/errors.ts';

const REASONS: Readonly<Record<string, string>> = {
	ENOSPC: 'no space left on the device; free some or choose another folder',
	EDQUOT: 'the disk quota is used up; free some space or choose another folder',
	EACCES: 'permission denied; choose a folder that you may write',
	EPERM: 'not permitted; choose a folder that you may write',
	EROFS: 'the file system is read-only; choose another folder',
	ENOENT: 'nothing can be made there; choose another folder',
	ENOTDIR: 'a part of the path is a file, not a folder',
	EEXIST: 'there is a file of that name; choose another folder',
	ELOOP: 'it is a symbolic link; remove it or choose another folder',
	EFBIG: 'a file may not become larger here; raise the limit (ulimit -f) or choose another folder',
	EISDIR: 'there is a folder of that name',
	EMFILE: 'too many open files; raise the limit (ulimit -n)',
};

/** What whoever keeps the machine can mend while we wait. */
const PASSING: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM']);

/** Whether a write that failed may come through later: a disk that is full or read-only is not for ever. */
export function mayPass(error: unknown): boolean {
	const { code, cause } = (error ?? {}) as { code?: string; cause?: unknown };
	return PASSING.has(code ?? '') || (cause !== undefined && mayPass(cause));
}

/** Why a file could not be written, and what would do, in words. */
export function fileReason(error: unknown): string {
	const code = (error as { code?: string }).code ?? '';
	return REASONS[code] ?? messageOf(error);
}

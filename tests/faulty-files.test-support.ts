import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { isBelow } from '../kernel/files/open-below.ts';

/** What a disk says that does not take what it is given. */
const REFUSALS = {
	full: ['ENOSPC', 'no space left on device'],
	readonly: ['EROFS', 'read-only file system'],
} as const;

type Trouble = keyof typeof REFUSALS;

const WRITES = fs.constants.O_WRONLY | fs.constants.O_RDWR | fs.constants.O_CREAT;

/**
 * The disk below a folder, on which whatever this process writes there may fail for a while: it stands before the file
 * system of Node itself, so that all code goes through it as it is.
 */
export class FaultyDisk {
	private readonly nowMs: () => number;
	private readonly folder: string;
	/** Descriptors of files there. */
	private readonly open = new Set<number>();
	private trouble: Trouble = 'full';
	private untilMs = 0;
	/** Bytes that it takes all the same. */
	private room = 0;
	private hasNames = true;
	/** Writes that have failed. */
	failures = 0;

	constructor(folder: string, nowMs: () => number) {
		this.folder = folder;
		this.nowMs = nowMs;
	}

	/** Files there that are open. */
	get opened(): number {
		return this.open.size;
	}

	/** From now on for so long; a full disk has `room` bytes left, and perhaps no name for another file. */
	strike(trouble: Trouble, ms: number, { room, hasNames }: { room: number; hasNames: boolean }) {
		this.trouble = trouble;
		this.untilMs = this.nowMs() + ms;
		this.room = trouble === 'full' ? Math.floor(room) : 0;
		this.hasNames = hasNames;
	}

	/** Stands before the file system while `work` lasts; what dead processes have left open is closed after it. */
	async during<T>(work: () => Promise<T>): Promise<T> {
		const real = { ...fs };
		const ours = this.replacements(real);
		const before = Object.fromEntries(
			Object.entries(real).filter(([name]) => Object.hasOwn(ours, name)),
		);
		Object.assign(fs, ours);
		syncBuiltinESMExports();
		try {
			return await work();
		} finally {
			Object.assign(fs, before);
			syncBuiltinESMExports();
			for (const file of this.open) fs.closeSync(file);
		}
	}

	private replacements(real: typeof fs) {
		const isOurs = (path: unknown): path is string =>
			typeof path === 'string' && isBelow(this.folder, path);
		const named = (path: unknown, call: string) => {
			if (isOurs(path)) this.check(call, this.hasNames);
		};
		return {
			openSync: (path: string, flags: string | number = 'r', mode?: number): number => {
				const isNew = typeof flags === 'number' && (flags & WRITES) !== 0 && !real.existsSync(path);
				if (isOurs(path) && typeof flags === 'number' && (flags & WRITES) !== 0)
					this.check('open', !isNew || this.hasNames);
				const file = real.openSync(path, flags, mode);
				if (isOurs(path)) this.open.add(file);
				return file;
			},
			closeSync: (file: number): void => {
				this.open.delete(file);
				real.closeSync(file);
			},
			writeSync: (file: number, bytes: Uint8Array, ...rest: (number | null)[]): number => {
				if (!this.open.has(file)) return real.writeSync(file, bytes, ...rest);
				const [offset = 0, length = bytes.length - (offset ?? 0), position = null] = rest;
				this.check('write', length === 0 || this.room > 0);
				const taken = this.isInTrouble() ? Math.min(length ?? 0, this.room) : (length ?? 0);
				this.room -= this.isInTrouble() ? taken : 0;
				return real.writeSync(file, bytes, offset, taken, position);
			},
			ftruncateSync: (file: number, length?: number): void => {
				if (this.open.has(file)) this.check('ftruncate', true);
				real.ftruncateSync(file, length);
			},
			writeFileSync: (path: string, data: string, options?: fs.WriteFileOptions): void => {
				named(path, 'open');
				real.writeFileSync(path, data, options);
			},
			renameSync: (from: string, to: string): void => {
				if (isOurs(to)) this.check('rename', true);
				real.renameSync(from, to);
			},
			linkSync: (from: string, to: string): void => {
				named(to, 'link');
				real.linkSync(from, to);
			},
			mkdirSync: (path: string, options?: fs.MakeDirectoryOptions): string | undefined => {
				named(path, 'mkdir');
				return real.mkdirSync(path, options);
			},
		};
	}

	private isInTrouble(): boolean {
		return this.nowMs() < this.untilMs;
	}

	/** @throws as the system does; a full disk takes what it has room for */
	private check(call: string, hasRoom: boolean): void {
		if (!this.isInTrouble() || (this.trouble === 'full' && hasRoom)) return;
		this.failures++;
		const [code, reason] = REFUSALS[this.trouble];
		throw Object.assign(new Error(`${code}: ${reason}, ${call}`), { code, syscall: call });
	}
}

/** The calendar of this process, which somebody sets while `work` lasts. */
export async function duringOtherDates<T>(
	work: (setBy: (ms: number) => void) => Promise<T>,
): Promise<T> {
	const Real = Date;
	let aheadMs = 0;
	class SetDate extends Real {
		constructor(value?: number | string | Date) {
			super(value ?? SetDate.now());
		}
		static override now(): number {
			return Real.now() + aheadMs;
		}
	}
	globalThis.Date = SetDate as DateConstructor;
	try {
		return await work((ms) => {
			aheadMs += ms;
		});
	} finally {
		globalThis.Date = Real;
	}
}

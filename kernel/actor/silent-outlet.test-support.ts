import type { Outlet } from './actor-runtime.ts';

/** For actors whose rows leave for nowhere. */
export const SILENT: Outlet = {
	hasUnsent: false,
	isFull: false,
	loop: () => {},
	block: () => {},
	flush: () => {},
};

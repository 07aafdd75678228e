import { readdirSync, readFileSync } from 'node:fs';

export interface Process {
	readonly pid: number;
	readonly parent: number;
	readonly args: readonly string[];
}

/** The living processes of this machine; zombies are dead. */
export function processes(): Process[] {
	return readdirSync('/proc').flatMap((name) => {
		if (!/^\d+$/.test(name)) return [];
		try {
			const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
			const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
			const args = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0');
			return state === 'Z' ? [] : [{ pid: Number(name), parent: Number(parent), args }];
		} catch {
			return []; // It ended while we looked.
		}
	});
}

export function descendants(pid: number, all = processes()): Process[] {
	const children = all.filter(({ parent }) => parent === pid);
	return children.flatMap((child) => [child, ...descendants(child.pid, all)]);
}

/** The host that a process runs, by its command line. */
export const hostOf = ({ args }: Process): string => args[args.indexOf('--host') + 1] as string;

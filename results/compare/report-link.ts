import { relative, resolve } from 'node:path';

/** Where the report of a run folder is, from a page in a folder. */
export function reportLink(from: string): (folder: string) => string {
	return (folder) =>
		`${relative(resolve(from), resolve(folder)).split('/').map(encodeURIComponent).join('/')}/report.html`;
}

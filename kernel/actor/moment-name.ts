/** Under which name the store of a run has what a host was before a window. */
export function momentName(attempt: number, window: number, host: string): string {
	return `${attempt}.${window}.${host}`;
}

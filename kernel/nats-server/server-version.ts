/** JetStream as we use it (key-value and object stores with direct get) is there since this version. */
const VERSION_MIN = [2, 9, 0] as const;

/** What is wrong with a version of nats-server, in a few words; null: it will do. */
export function whyTooOld(version: string): string | null {
	const parts = version.split('.').map((part) => Number.parseInt(part, 10));
	for (const [i, least] of VERSION_MIN.entries()) {
		const part = parts[i] ?? 0;
		if (part > least) return null;
		if (!(part >= least)) return `${version}, at least ${VERSION_MIN.join('.')} is needed`;
	}
	return null;
}

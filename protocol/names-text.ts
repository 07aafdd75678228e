/** Names of actors for people, neighbours with numbers drawn together: `replica-1 to replica-16, solar`. */
export function namesText(names: readonly string[]): string {
	const runs: [string, ...string[]][] = [];
	for (const name of names) {
		const before = runs.at(-1);
		if (before !== undefined && follows(before.at(-1) as string, name)) before.push(name);
		else runs.push([name]);
	}
	return runs
		.map((run) => (run.length < 3 ? run.join(', ') : `${run[0]} to ${run.at(-1)}`))
		.join(', ');
}

function follows(one: string, other: string): boolean {
	const [, stem, number] = /^(.*-)(\d+)$/.exec(one) ?? [];
	return stem !== undefined && other === `${stem}${Number(number) + 1}`;
}

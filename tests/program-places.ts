/** The sources of what a source file starts as processes or threads. */
export function programFiles({ text }: { readonly text: string }): string[] {
	return Array.from(text.matchAll(/\bprogramFile\('([^']+)'\)/g), ([, name]) => `${name}.ts`);
}

/** True for `./card.yaml` and `/data/tables`, false for `meta-llama/Meta-Llama-3-8B`. */
export function looksLikeFile(value: string): boolean {
	return /^(\.{1,2}\/|\/)/.test(value) || /\.(ya?ml|json)$/i.test(value);
}

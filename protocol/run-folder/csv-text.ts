/** A text as a CSV cell (RFC 4180). */
export function csvText(text: string): string {
	return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

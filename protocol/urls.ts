/** URLs as they may be shown: user, password and token replaced. Several may be separated by commas. */
export function withoutSecrets(urls: string): string {
	return urls.replace(/(:\/\/|^|,)[^@/,]+@/g, '$1***@');
}

/** An address without a user. */
const ADDRESS = /^\s*([a-z]+:\/\/)?[\w.[\]:-]*\s*$/i;
/** The same with one, that holds nothing which would end it early. */
const WITH_USER = /^(\s*(?:[a-z]+:\/\/)?)[^@/]+@([\w.[\]:-]*\s*)$/i;

/**
 * URLs as they may be shown: user, password and token replaced. Several may be separated by commas. Where a password
 * holds what should have been percent-encoded, more is hidden rather than less.
 */
export function withoutSecrets(urls: string): string {
	const parts = urls.split(',');
	const shown = parts.map((part) =>
		ADDRESS.test(part) && !/:\d*[^\d\]:\s][^:]*$/.test(part.replace(/^.*:\/\//, ''))
			? part
			: WITH_USER.test(part)
				? part.replace(WITH_USER, '$1***@$2')
				: null,
	);
	if (!shown.includes(null)) return shown.join(',');
	// From each scheme on, up to the last @ before the next.
	return urls
		.split(/(?=\b[a-z]+:\/\/)/i)
		.map((part) => part.replace(/^([a-z]+:\/\/)?[\s\S]*@/i, '$1***@'))
		.join('');
}

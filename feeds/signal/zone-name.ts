import { nearestName } from '../../protocol/nearest-name.ts';
import { quoted } from '../../protocol/plain-text.ts';

/** What is said of a time zone that there is none of, with the one that may be meant. */
export function unknownZone(name: string): string {
	const nearest = nearestName(name, Intl.supportedValuesOf('timeZone'));
	const meant = nearest === null ? '' : `did you mean "${nearest}"? `;
	return `Cannot use time zone ${quoted(name)}: ${meant}give a name of the IANA database such as Europe/Berlin or UTC`;
}

/** The profile that is made of measured kernels; with a version of the engine, `kernels:0.24.0`. */
export const KERNELS = 'kernels';

/** What a profile's name says of kernels: the version, null for the usual one; null where it is another profile. */
export function kernelsNamed(profile: string): { readonly version: string | null } | null {
	if (profile === KERNELS) return { version: null };
	if (!profile.startsWith(`${KERNELS}:`)) return null;
	return { version: profile.slice(KERNELS.length + 1) };
}

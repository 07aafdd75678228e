/** Files that an editor can check; apart from their schemas, which a command line need not read to know them. */
export const FILE_KINDS = ['scenario', 'sweep', 'capacity'] as const;
export type FileKind = (typeof FILE_KINDS)[number];

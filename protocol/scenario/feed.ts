import type * as z from 'zod';
import { FeedKeys } from './feed-keys.ts';
import { parseFeed } from './feed-text.ts';
import { inAWord } from './in-a-word.ts';

/** A feed, in a word as flags have it or with its keys. */
export const Feed = inAWord(parseFeed, FeedKeys);
export type Feed = z.infer<typeof FeedKeys>;

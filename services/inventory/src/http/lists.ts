/** The most ids that a list is filtered by. */
export const MAX_IDS = 100;

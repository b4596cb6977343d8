/** The current instant. Passed in wherever time decides something, so that tests can hold it still. */
export type Clock = () => Date;

export const systemClock: Clock = () => new Date();

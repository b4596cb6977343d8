/** A durable queue of one group of consumers, and the types of events that it gets. */
export interface BrokerQueue {
  readonly name: string;
  /** Words between dots; `*` stands for one word, `#` for any number of them. */
  readonly patterns: readonly string[];
}

const MOST_QUEUES = 100;
const NAME = /^(?!amq\.)[A-Za-z0-9_.:-]{1,100}$/;
const PATTERN = /^(?:[a-z-]+|\*|#)(?:\.(?:[a-z-]+|\*|#))*$/;

/**
 * Reads `name=pattern,pattern;name=pattern`.
 * @throws {TypeError} that says which part is wrong.
 */
export function readBrokerQueues(text: string): BrokerQueue[] {
  const parts = text.split(';').map((part) => part.trim());
  const queues = parts.filter((part) => part !== '').map(readQueue);
  if (queues.length > MOST_QUEUES)
    throw new TypeError(`must name at most ${MOST_QUEUES} queues, not ${queues.length}`);
  const names = queues.map(({ name }) => name);
  const repeated = names.find((name, index) => names.indexOf(name) < index);
  if (repeated !== undefined)
    throw new TypeError(`must name each queue once, not "${repeated}" twice`);
  return queues;
}

function readQueue(text: string): BrokerQueue {
  const [name = '', list, ...others] = text.split('=').map((part) => part.trim());
  if (list === undefined || others.length > 0 || !NAME.test(name))
    throw new TypeError(`must be like warehouse=stock.*;mail=stock.low, and "${text}" is not`);
  const patterns = list.split(',').map((pattern) => pattern.trim());
  const wrong = patterns.find((pattern) => pattern.length > 255 || !PATTERN.test(pattern));
  if (wrong !== undefined)
    throw new TypeError(`has a pattern like stock.* or # after "${name}=", and "${wrong}" is not`);
  return { name, patterns };
}

/**
 * Whether a topic exchange gives messages with this routing key to a queue bound by this pattern:
 * https://www.rabbitmq.com/tutorials/amqp-concepts#exchange-topic
 */
export function matchesTopic(pattern: string, key: string): boolean {
  return matchesWords(pattern.split('.'), key.split('.'));
}

function matchesWords(pattern: readonly string[], words: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return words.length === 0;
  if (first === '#')
    return matchesWords(rest, words) || (words.length > 0 && matchesWords(pattern, words.slice(1)));
  return (
    words.length > 0 && (first === '*' || first === words[0]) && matchesWords(rest, words.slice(1))
  );
}

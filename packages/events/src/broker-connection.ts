/** A connection to a broker. */
export interface BrokerConnection {
  cut(): void;
}

/**
 * Keeps one connection at a time. One that is lost is made anew only where `ensure` is called:
 * there its user looks at what the broker has before it sends more.
 *
 * @param open is told to call `onEnd` when the connection is lost
 */
export function keepConnection<Connection extends BrokerConnection>(
  open: (onEnd: () => void) => Promise<Connection>,
) {
  let current: Promise<Connection> | null = null;

  function drop(connection: Promise<Connection>): void {
    if (current === connection) current = null;
    connection.then(
      (opened) => opened.cut(),
      () => {},
    );
  }

  /** What fails on a connection ends it. */
  async function use<Result>(work: (connection: Connection) => Promise<Result>): Promise<Result> {
    if (current === null) throw new Error('the connection to the broker was lost');
    const connection = current;
    try {
      return await work(await connection);
    } catch (error) {
      drop(connection);
      throw error;
    }
  }

  return {
    use,
    /** The connection that was made now; null when there was one. */
    async ensure(): Promise<Connection | null> {
      if (current !== null) return null;
      const connection = open(() => drop(connection));
      current = connection;
      return use(async (opened) => opened);
    },
    close(): void {
      if (current !== null) drop(current);
    },
  };
}

/** A broker in a folder and on ports of its own. */
export interface BrokerServer {
  readonly url: string;
  /** Its process; another one after a restart. */
  readonly pid: () => number;
  /** Kills it as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again on its folder. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

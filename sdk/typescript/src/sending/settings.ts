/** What sending needs to know: the options of `configure`, checked and with their defaults. */
export interface SendingSettings {
  /** Base URL of a capture, without a slash at its end. Null: nothing is sent. */
  readonly endpoint: string | null;
  readonly token: string | null;
  /** False: nothing is sent. */
  readonly enabled: boolean;
  readonly whenAway: 'drop' | 'spool';
  readonly spoolFolder: string;
  readonly spoolMegabytes: number;
  readonly bufferMegabytes: number;
  readonly exitTimeoutSeconds: number;
  readonly handleSignals: boolean;
}

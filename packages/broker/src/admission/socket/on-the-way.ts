/** Of all connections together: what was given to sockets and has not left the process. */
export class OnTheWay {
  bytes = 0;
}

/** A request that cannot be answered as asked; the message is for the customer. */
export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

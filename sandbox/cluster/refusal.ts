/** Why a command was not carried out, in the words of the deploy-command protocol. */
export type RefusalKind = 'unavailable' | 'rejected' | 'not-found' | 'conflict';

export class Refusal extends Error {
  readonly kind: RefusalKind;
  constructor(kind: RefusalKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

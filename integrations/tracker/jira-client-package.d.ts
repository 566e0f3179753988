/** The part of jira-client 8.2.2 that is used here; the package brings no types. */
declare module 'jira-client' {
  interface JiraRequest {
    readonly uri: string;
    readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
    readonly auth?: {
      readonly user?: string;
      readonly pass?: string;
      readonly bearer?: string;
    };
    readonly body?: unknown;
  }

  interface JiraApiOptions {
    readonly protocol: string;
    readonly host: string;
    readonly port?: string;
    /** A path before `/rest`. */
    readonly base?: string;
    readonly apiVersion: string;
    readonly bearer?: string;
    readonly username?: string;
    readonly password?: string;
    readonly request: (request: JiraRequest) => Promise<unknown>;
  }

  export default class JiraApi {
    constructor(options: JiraApiOptions);
    readonly baseOptions: Partial<JiraRequest>;
    readonly request: (request: JiraRequest) => Promise<unknown>;
    /** Decodes the whole URI: nothing of anybody else may be in `pathname` or `query`. */
    makeUri(options: {
      readonly pathname: string;
      readonly query?: Readonly<Record<string, string | number>>;
    }): string;
    makeRequestHeader(
      uri: string,
      options?: { readonly method?: string; readonly body?: unknown },
    ): JiraRequest;
    doRequest(request: JiraRequest): Promise<unknown>;
    findIssue(key: string, expand?: string, fields?: string, properties?: string): Promise<unknown>;
    addCommentAdvanced(key: string, comment: Readonly<Record<string, unknown>>): Promise<unknown>;
    updateComment(key: string, id: string, body: unknown): Promise<unknown>;
    listTransitions(key: string): Promise<unknown>;
    transitionIssue(
      key: string,
      transition: { readonly transition: { readonly id: string } },
    ): Promise<unknown>;
  }

  export type { JiraApiOptions, JiraRequest };
}
